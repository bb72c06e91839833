"""What the commands share: the options that name a stage, and how they end."""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import BadInput, DdAwsError

WRONG_INPUT, FAILED = 2, 1


def reported[**P](command: Callable[P, None]) -> Callable[P, None]:
    """End a command that raises with a message, not a traceback: status 2 where the input is wrong, else 1."""

    @wraps(command)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (DdAwsError, ClientError, BotoCoreError) as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(WRONG_INPUT if isinstance(error, BadInput) else FAILED)

    return wrapper


def for_stage(command: Callable[..., None]) -> Callable[..., None]:
    """The options that name a stage."""
    stage = click.option("--stage", required=True, help="A stage of .chalice/config.json.")
    folder = click.option(
        "--project-dir",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        default=".",
        help="The folder of app.py; the current one unless given.",
    )
    return stage(folder(command))


def some_text(_: click.Context, option: click.Parameter, value: str) -> str:
    """The value of an option, unless it is blank."""
    if not value.strip():
        raise click.BadParameter(f"expected a text; got {value!r}", param=option)
    return value
