"""A shell that sets much of what must not reach the local cloud, and a trap that it points to."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

TOKEN = "the-token-of-the-user"


class Trap:
    """Listens on a port to which nobody must connect; keeps the first bytes of who does."""

    def __enter__(self) -> Self:
        self.caught: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://localhost:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:  # shut down
                return
            with connection:
                connection.settimeout(1)
                self.caught.append(connection.recv(2000))


def variables(trap: str, folder: Path) -> dict[str, str]:
    """Return the variables; the files that some of them name are written to `folder`."""
    return _variables(trap, _home(folder / "home", trap), _broken_packages(folder / "packages"))


def _variables(trap: str, home: Path, packages: Path) -> dict[str, str]:
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), trap)
    return {
        **_of_aws(trap, home),
        **proxies,
        **{name.upper(): value for name, value in proxies.items()},
        "no_proxy": "example.com",
        "NO_PROXY": "example.com",
        "HOME": str(home),
        "BOTO_CONFIG": str(home / ".boto"),
        "PYTHONPATH": str(packages),
        "PYTHONWARNINGS": "error",
        "PYTHONOPTIMIZE": "2",
        "TF_USE_LEGACY_KERAS": "1",
        "TF_CPP_MAX_VLOG_LEVEL": "9",
        "XLA_FLAGS": "--xla_nonsense",
        "KERAS_BACKEND": "jax",
        "KERAS_HOME": str(home / ".keras"),
        "MPLBACKEND": "nonsense",
        "MPLCONFIGDIR": str(home / ".config" / "matplotlib"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "REQUESTS_CA_BUNDLE": "/nowhere.pem",
        "SSL_CERT_FILE": "/nowhere.pem",
        "POWERTOOLS_LOG_LEVEL": "nonsense",
        "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",
        "MOTO_S3_CUSTOM_ENDPOINTS": trap,
        "MAKEFLAGS": "-n",
    }


def _of_aws(trap: str, home: Path) -> dict[str, str]:
    values = {
        "PROFILE": "typo",
        "DEFAULT_PROFILE": "typo",
        "ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "SECRET_ACCESS_KEY": "secret",
        "SESSION_TOKEN": TOKEN,
        "SECURITY_TOKEN": TOKEN,
        "REGION": "eu-central-1",
        "DEFAULT_REGION": "eu-central-1",
        "ENDPOINT_URL": trap,
        "ENDPOINT_URL_S3": trap,
        "ENDPOINT_URL_SQS": trap,
        "ENDPOINT_URL_STS": trap,
        "ENDPOINT": trap,
        "IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "USE_FIPS_ENDPOINT": "true",
        "USE_DUALSTACK_ENDPOINT": "true",
        "VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "S3_EXPRESS": "true",
        "SKIP_SIGNATURE": "true",
        "RETRY_MODE": "nonsense",
        "MAX_ATTEMPTS": "nonsense",
        "DEFAULTS_MODE": "nonsense",
        "CA_BUNDLE": "/nowhere.pem",
        "CONTAINER_CREDENTIALS_FULL_URI": trap,
        "EC2_METADATA_SERVICE_ENDPOINT": trap,
        "CONFIG_FILE": str(home / ".aws" / "config"),
        "SHARED_CREDENTIALS_FILE": str(home / ".aws" / "credentials"),
    }
    return {f"AWS_{name}": value for name, value in values.items()}


NAMES = sorted(_variables("", Path(), Path()))


def _home(home: Path, trap: str) -> Path:
    files = {
        ".aws/config": "[default]\nregion = eu-central-1\nignore_configured_endpoint_urls = true\n",
        ".aws/credentials": f"[default]\naws_session_token = {TOKEN}\nthis line is broken\n",
        ".boto": "this file is broken",
        ".keras/keras.json": json.dumps({"backend": "jax", "image_data_format": "channels_first"}),
        ".config/matplotlib/matplotlibrc": "backend: nonsense\nfigure.figsize: broken\n",
        ".curlrc": f"proxy = {trap}\n",
    }
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return home


def _broken_packages(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("boto3", "keras", "matplotlib", "rich"):
        (folder / f"{name}.py").write_text("raise ImportError('of PYTHONPATH')\n")
    return folder
