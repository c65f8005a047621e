"""A stand-in for S3 that answers after a set latency, fast enough not to be what is measured.

It keeps keys, sizes and ETags, not bytes, verifies no signature, and knows the requests that
copying and listing need: ListObjectsV2, CopyObject, GetObject with a range, HeadObject, PutObject.
`GET /_counts` says what was asked, `POST /_settings` changes latency and faults and forgets the
counts, `POST /_clear` empties a prefix. The first line on standard output is the port.

    python -m benchmarks.s3_server --objects 5000 --latency 0.025
"""

from __future__ import annotations

import argparse
import asyncio
import bisect
import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote
from xml.sax.saxutils import escape

SOURCE = "raw/"
CLASSES = 4
IMAGE_BYTES = 200_000
# Latencies are drawn evenly from this far around the set one.
JITTER = 0.2
REQUEST_ENDS = b"\r\n\r\n"
MODIFIED = "2026-11-22T12:00:00.000Z"
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def source_key(number: int) -> str:
    """Return the key of the object that is filled in as the `number`-th."""
    return f"{SOURCE}class-{number % CLASSES}/image-{number:07}.jpg"


class Request(NamedTuple):
    """What of an HTTP request matters here; header names in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """An HTTP answer; `length` when it is not the body's, as of HEAD."""

    status: str
    body: bytes = b""
    headers: str = ""
    length: int | None = None


class Stored(NamedTuple):
    """An object without its bytes."""

    size: int
    etag: str


@dataclass
class Settings:
    """Seconds, and shares of 1."""

    latency: float = 0.0
    slow_down: float = 0.0
    reset: float = 0.0


class Objects:
    """The objects of the one bucket; listed in the order of their keys' bytes."""

    def __init__(self) -> None:
        self._objects: dict[str, Stored] = {}
        self._sorted: list[str] | None = []

    def fill(self, count: int) -> None:
        """Make so many images in four classes."""
        for number in range(count):
            key = source_key(number)
            self._objects[key] = Stored(IMAGE_BYTES, _etag(key))
        self._sorted = None

    def get(self, key: str) -> Stored | None:
        """Return an object, or None."""
        return self._objects.get(key)

    def put(self, key: str, stored: Stored) -> None:
        """Add or replace an object."""
        if key not in self._objects:
            self._sorted = None
        self._objects[key] = stored

    def clear(self, prefix: str) -> None:
        """Remove what begins with `prefix`."""
        self._objects = {
            key: stored for key, stored in self._objects.items() if not key.startswith(prefix)
        }
        self._sorted = None

    def after(self, prefix: str, key: str) -> Iterator[tuple[str, Stored]]:
        """Yield what begins with `prefix` and comes after `key`."""
        if self._sorted is None:
            self._sorted = sorted(self._objects)
        start = bisect.bisect_right(self._sorted, key) if key >= prefix else None
        if start is None:
            start = bisect.bisect_left(self._sorted, prefix)
        for index in range(start, len(self._sorted)):
            found = self._sorted[index]
            if not found.startswith(prefix):
                return
            yield found, self._objects[found]


class Server:
    """Answers requests after the latency, some of them with a fault."""

    def __init__(self, settings: Settings) -> None:
        self.objects = Objects()
        self._settings = settings
        self._chance = random.Random(0)  # noqa: S311  # not for secrets
        self._counts: Counter[str] = Counter()
        self._now = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests, one after the other."""
        self._counts["connections"] += 1
        try:
            while request := await _read(reader):
                answer = await self._answer(request)
                if answer is None:
                    writer.transport.abort()
                    return
                writer.write(_encode(answer))
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _answer(self, request: Request) -> Answer | None:
        if request.path.startswith("/_"):
            return self._control(request)
        kind = _kind(request)
        self._counts[kind] += 1
        self._now += 1
        self._counts["most at once"] = max(self._counts["most at once"], self._now)
        settings = self._settings
        await asyncio.sleep(settings.latency * self._chance.uniform(1 - JITTER, 1 + JITTER))
        self._now -= 1
        fate = self._chance.random()
        if fate < settings.slow_down:
            self._counts["slow down"] += 1
            return _error("503 Slow Down", "SlowDown", "Please reduce your request rate.")
        if fate < settings.slow_down + settings.reset:
            self._counts["reset"] += 1
            return None
        return self._do(kind, request)

    def _control(self, request: Request) -> Answer:
        if request.path == "/_settings":
            self._settings = Settings(**json.loads(request.body))
            self._counts.clear()
        if request.path == "/_clear":
            self.objects.clear(request.body.decode())
        return Answer("200 OK", json.dumps(self._counts).encode())

    def _do(self, kind: str, request: Request) -> Answer:
        key = unquote(request.path).lstrip("/").partition("/")[2]
        if kind == "list":
            return self._list(request.query)
        if kind == "put":
            stored = Stored(len(request.body), _etag(request.body.decode("latin-1")))
            self.objects.put(key, stored)
            return Answer("200 OK", headers=f'ETag: "{stored.etag}"\r\n')
        if kind == "copy":
            source = unquote(request.headers["x-amz-copy-source"]).lstrip("/").partition("/")[2]
            found = self.objects.get(source)
            if found is None:
                return _no_such_key(source)
            self.objects.put(key, found)
            body = f'<CopyObjectResult {NAMESPACE}><ETag>"{found.etag}"</ETag>'
            body += f"<LastModified>{MODIFIED}</LastModified></CopyObjectResult>"
            return Answer("200 OK", (XML + body).encode(), "Content-Type: application/xml\r\n")
        found = self.objects.get(key)
        return _no_such_key(key) if found is None else _read_answer(request, found)

    def _list(self, query: dict[str, list[str]]) -> Answer:
        prefix = query.get("prefix", [""])[0]
        delimiter = query.get("delimiter", [""])[0]
        most = min(int(query.get("max-keys", ["1000"])[0]), 1000)
        after = query.get("continuation-token", query.get("start-after", [""]))[0]
        encoded = "encoding-type" in query
        parts: list[str] = []
        truncated = False
        while not truncated:
            folder = ""
            for key, stored in self.objects.after(prefix, after):
                truncated = len(parts) == most
                if truncated:
                    break
                after = key
                cut = key.find(delimiter, len(prefix)) if delimiter else -1
                if cut >= 0:
                    folder = key[: cut + len(delimiter)]
                    # Beyond everything in the folder.
                    after = folder + chr(0x10FFFF)
                    parts.append(f"<CommonPrefixes><Prefix>{_text(folder, encoded)}</Prefix>")
                    parts[-1] += "</CommonPrefixes>"
                    break
                parts.append(
                    f"<Contents><Key>{_text(key, encoded)}</Key><LastModified>{MODIFIED}"
                    f"</LastModified><ETag>&quot;{stored.etag}&quot;</ETag><Size>{stored.size}"
                    "</Size><StorageClass>STANDARD</StorageClass></Contents>"
                )
            if not folder:
                break
        token = f"<NextContinuationToken>{escape(after)}</NextContinuationToken>"
        body = (
            f"{XML}<ListBucketResult {NAMESPACE}><Name>bucket</Name>"
            f"<Prefix>{_text(prefix, encoded)}</Prefix><KeyCount>{len(parts)}</KeyCount>"
            f"<MaxKeys>{most}</MaxKeys>{'<EncodingType>url</EncodingType>' if encoded else ''}"
            f"<IsTruncated>{str(truncated).lower()}</IsTruncated>{token if truncated else ''}"
            f"{''.join(parts)}</ListBucketResult>"
        )
        return Answer("200 OK", body.encode(), "Content-Type: application/xml\r\n")


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(REQUEST_ENDS)
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {}
    for line in lines:
        name, separator, value = line.partition(":")
        if separator:
            headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Request(method, path, parse_qs(query, keep_blank_values=True), headers, body)


def _encode(answer: Answer) -> bytes:
    length = len(answer.body) if answer.length is None else answer.length
    head = f"HTTP/1.1 {answer.status}\r\nContent-Length: {length}\r\n{answer.headers}\r\n"
    return head.encode() + answer.body


def _kind(request: Request) -> str:
    if request.method == "PUT":
        return "copy" if "x-amz-copy-source" in request.headers else "put"
    if request.method == "GET" and "/" not in request.path.strip("/"):
        return "list"
    return request.method.lower()


def _read_answer(request: Request, found: Stored) -> Answer:
    headers = (
        f'ETag: "{found.etag}"\r\nLast-Modified: Sun, 22 Nov 2026 12:00:00 GMT\r\n'
        "Accept-Ranges: bytes\r\n"
    )
    if request.method == "HEAD":
        return Answer("200 OK", headers=headers, length=found.size)
    start, end = 0, found.size - 1
    status = "200 OK"
    if wanted := request.headers.get("range"):
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or end), end)
        status = "206 Partial Content"
        headers += f"Content-Range: bytes {start}-{end}/{found.size}\r\n"
    return Answer(status, b"\xff\xd8\xff".ljust(end - start + 1, b"\0"), headers)


def _error(status: str, code: str, message: str) -> Answer:
    body = f"{XML}<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return Answer(status, body.encode(), "Content-Type: application/xml\r\n")


def _no_such_key(key: str) -> Answer:
    return _error("404 Not Found", "NoSuchKey", key)


def _text(key: str, encoded: bool) -> str:
    return quote(key) if encoded else escape(key)


def _etag(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


async def _run(server: Server) -> None:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, backlog=1024)
    print(listener.sockets[0].getsockname()[1], flush=True)
    async with listener:
        await listener.serve_forever()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.0)
    arguments = parser.parse_args()
    server = Server(Settings(latency=arguments.latency))
    server.objects.fill(arguments.objects)
    asyncio.run(_run(server))


if __name__ == "__main__":
    main()
