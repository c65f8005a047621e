"""`droptrain`: all commands, and what `droptrain --help` says about them."""

from __future__ import annotations

import click

from droptrain import account, local
from droptrain.program import Program

EPILOG = """
\b
Examples:
  droptrain run --images ./phones     train on your images, one folder per class
  droptrain deploy                    deploy to your AWS account
  droptrain status                    show the state of the drop and the runs
  droptrain COMMAND --help            list the options of a command

`run`, `sample` and `cloud` need no account and ignore the AWS settings of your shell. The others
take credentials and region from where the AWS CLI does: AWS_PROFILE, AWS_REGION, `aws configure`,
`aws sso login`. With AWS_ENDPOINT_URL set, they use that endpoint, such as the local cloud.

\b
Shell completion (bash here; also zsh_source and fish_source):
  eval "$(_DROPTRAIN_COMPLETE=bash_source droptrain)"
"""


@click.group(
    cls=Program,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def droptrain() -> None:
    """Train an image classifier from labelled images, on this machine or in an AWS account."""


for command in (local.run, local.sample, local.cloud, *account.COMMANDS):
    droptrain.add_command(command)
