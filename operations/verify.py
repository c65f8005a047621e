"""`droptrain verify`: proves with a throw-away stack that the whole chain works in this account."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Mapping
from pathlib import Path

from operations.build import build
from operations.clients import AccountClients, endpoint
from operations.deploy import deploy
from operations.prices import read_prices
from operations.settings import read_settings
from operations.terminal import Terminal
from operations.trial.trial import Trial


def verify(
    terminal: Terminal, clients: AccountClients, parameters: Mapping[str, str], *, keep: bool
) -> bool:
    """Try the chain after asking; return whether every check passed.

    The template's `parameters` go over the trial's own; `keep` leaves the stack to look at.

    Raises:
        OperationError: the trial could not be carried through.
    """
    name = f"droptrain-verify-{secrets.token_hex(3)}"
    where = endpoint() or f"account {clients.account()}"
    terminal.say(f"This deploys the stack {name} to {where}, {clients.region}, runs one training")
    terminal.say("job and deletes everything again. It costs a few cents and takes up to an hour.")
    if not terminal.ask("Continue?"):
        return False
    build(terminal)
    with tempfile.TemporaryDirectory() as folder:

        def deploy_trial(parameters: Mapping[str, str]) -> None:
            settings = Path(folder) / "samconfig.toml"
            saved = read_settings(settings, name)
            deploy(terminal, clients, settings, saved, parameters, ask=False, prepare=lambda: None)

        trial = Trial(Terminal(assume_yes=True), clients, name, deploy_trial, parameters)
        return trial.run(read_prices(), keep=keep)
