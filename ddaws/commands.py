"""What the commands share: the options that name a stage, the groups in the help, and the exit status."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import BadInput, DdAwsError, NotDeployed
from ddaws.account import Account
from ddaws.aws_errors import explained
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stage import CONFIG_FILE, Stage
from ddaws.terminal import prepare_streams, print_error, print_help, styled

WRONG_INPUT, FAILED = 2, 1
CHECKOUT = Path(__file__).parent.parent
"""The checkout that contains this package."""
PROJECT_HELP = f"The folder of app.py. Default: the current one, if it has {CONFIG_FILE}; else that of ddaws."
CREDENTIAL_VARIABLES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


class Commands(click.Group):
    """A group of commands, listed by section in its help, that turns exceptions into messages.

    The exit status is 2 for wrong input, and 1 for a failure or a declined confirmation.
    """

    sections: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    """Title -> commands."""

    def main(self, args: Sequence[str] | None = None, prog_name: str | None = None, **_: Any) -> Any:  # type: ignore[override]
        sys.exit(self._status(args, prog_name))

    def _status(self, args: Sequence[str] | None, prog_name: str | None) -> int:
        prepare_streams()
        try:
            ended = super().main(args, prog_name, standalone_mode=False)
        except click.exceptions.NoArgsIsHelpError as error:
            print_help(error.format_message())
            return error.exit_code
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else "ddaws"
            print_error(f"error: {error.format_message()} Try '{command} --help'.")
            return error.exit_code
        except click.ClickException as error:
            print_error(f"error: {error.format_message()}")
            return error.exit_code
        except click.Abort:
            print_error("Aborted.")
            return FAILED
        except DdAwsError as error:
            print_error(f"error: {error}")
            return WRONG_INPUT if isinstance(error, BadInput) else FAILED
        except (ClientError, BotoCoreError) as error:
            print_error(f"error: {explained(error)}")
            return FAILED
        return ended if isinstance(ended, int) else 0

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by section, and commands without a section last."""
        named = {name for names in self.sections.values() for name in names}
        others = tuple(name for name in self.list_commands(ctx) if name not in named)
        width = max(len(name) for name in self.commands)
        for title, names in {**self.sections, "Others" if named else "Commands": others}.items():
            if names:
                with formatter.section(title):
                    rows = [(name.ljust(width), self.commands[name].get_short_help_str(200)) for name in names]
                    formatter.write_dl(rows)


def for_stage(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name a stage to a command, and pass it `target` (the stage in its account) and `progress`.

    Unless it prints JSON, the command first prints a line with the stage, the account and the region.
    """

    @wraps(command)
    def wrapper(stage: str, project_dir: Path | None, profile: str | None, region: str | None, **options: Any) -> None:
        click.get_current_context().with_resource(_credentials(profile, region))
        target, progress = Target(Stage.read(project_dir or _project(), stage), Account.connect()), Progress()
        if not options.get("as_json"):
            show_header(target, progress)
        try:
            command(target, progress, **options)
        except NotDeployed as error:
            if target.deployed.exists:
                raise
            where = f"stage {target.stage.name} is not deployed in {target.account.region}"
            raise NotDeployed(f"{where}: run 'ddaws deploy --stage {target.stage.name}'.") from error

    for option in (
        click.option(
            "--project-dir",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            envvar="DDAWS_PROJECT_DIR",
            show_envvar=True,
            help=PROJECT_HELP,
        ),
        click.option("--region", help="The AWS region. Default: AWS_REGION, AWS_DEFAULT_REGION, or the profile's."),
        click.option("--profile", help="The profile of the AWS CLI. Default: AWS_PROFILE."),
        click.option(
            "--stage",
            required=True,
            envvar="DDAWS_STAGE",
            show_envvar=True,
            help=f"A stage of {CONFIG_FILE}.",
        ),
    ):
        wrapper = option(wrapper)
    return wrapper


def show_header(target: Target, progress: Progress) -> None:
    """Print the stage, the account and the region, and how the deployed settings differ from the local ones."""
    deployed, response = target.deployed, "on" if target.settings.enable_auto_response else "off"
    where = f"dd-aws, stage {target.stage.name}, account {target.account.account_id}, region {target.account.region}"
    if not deployed.exists:
        progress.say(f"{where}, not deployed")
    elif deployed.settings is None:
        progress.say(f"{where}, auto-response {response} according to the local {CONFIG_FILE}")
        progress.say(styled("yellow", f"What is deployed cannot be read: {deployed.problem}"))
    else:
        progress.say(f"{where}, auto-response {response}")
    for name, there, here in deployed.differences(target.stage):
        text = f"{name} is {_or_default(there)}; the local {CONFIG_FILE} has {_or_default(here)}"
        progress.say(styled("yellow", f"{text} (takes effect after the next deployment)."))


def _or_default(value: str | None) -> str:
    return "the default" if value is None else repr(value)


def any_text(_: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The value of an option or an argument, checked to be valid Unicode, which AWS can store."""
    if value is not None and any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise click.BadParameter(f"expected a text in UTF-8; got {value!r}.", param=option)
    return value


def some_text(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The value of an option or an argument; if it is given, it must be valid Unicode and not blank."""
    any_text(context, option, value)
    if value is not None and not value.strip():
        raise click.BadParameter(f"expected a text; got {value!r}.", param=option)
    return value


def _project() -> Path:
    here = Path.cwd()
    return here if (here / CONFIG_FILE).exists() else CHECKOUT


@contextmanager
def _credentials(profile: str | None, region: str | None) -> Iterator[None]:
    """Let boto3, and the programs that a command starts, use a profile and a region.

    As in the AWS CLI, a named profile overrides keys in the environment, and AWS_REGION overrides AWS_DEFAULT_REGION,
    the only one that boto3 reads.
    """
    before = dict(os.environ)
    if profile:
        for name in CREDENTIAL_VARIABLES:
            os.environ.pop(name, None)
        os.environ["AWS_PROFILE"] = profile
    if wanted := region or os.environ.get("AWS_REGION"):
        os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = wanted
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
