"""``python -m ddaws exempt add|list|remove``: what may stay although a rule condemns it, for whom, why and how long."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from chalicelib.errors import BadInput
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from chalicelib.rules import RULES
from chalicelib.trust.exemptions import granted, instant
from chalicelib.trust.scopes import StatementScope, scope_from_json
from ddaws import exemptions
from ddaws.account import Account
from ddaws.commands import for_stage, reported
from ddaws.exemptions import Condemned, Subject
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.stage import Stage

DAYS = re.compile(r"([1-9][0-9]{0,2})d")


@click.group()
def exempt() -> None:
    """Let something stay that a rule condemns, for a while; see what may stay; take it back."""


def what(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what is exempt."""
    for option in (
        click.option("--all-current", is_flag=True, help="Exactly what is condemned about it now."),
        click.option("--port", help="A group's port or ports: 22, or 6000-6063."),
        click.option("--protocol", default="tcp", show_default=True, help="Of --port: tcp or udp."),
        click.option("--cidr", help="From which addresses --port may be reached."),
        click.option("--prefix-list", help="Or from which prefix list, whatever is in it."),
        click.option("--statement", help="A statement of a bucket's policy as it is now: its Sid, or its place."),
        click.option("--grantee", help="Of a bucket's ACL: AllUsers or AuthenticatedUsers."),
        click.option("--permission", help="What --grantee may: READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL."),
    ):
        command = option(command)
    return command


@exempt.command()
@click.argument("resource")
@for_stage
@what
@click.option("--owner", required=True, help="Who answers for it.")
@click.option("--reason", required=True, help="Why it may stay.")
@click.option("--until", help="When it ends, at most a year ahead: 2027-01-31, or 2027-01-31T12:00:00Z.")
@click.option("--for", "lasting", help="Or how long it lasts: 30d.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@reported
def add(stage: str, project_dir: Path, resource: str, owner: str, reason: str, **options: Any) -> None:
    """Exempt something about RESOURCE, a security group's id or a bucket's name."""
    progress, now = Progress(), datetime.now(UTC)
    subject = Subject(_target(stage, project_dir), resource)
    until = _end(options["until"], options["lasting"], now)
    wanted = granted(subject.live, _wanted(subject, options), owner, reason, until, now)
    if not wanted:
        progress.say(f"Nothing about {resource} is condemned that is not exempt already.")
        return
    progress.console.print(exemptions.table(wanted, now))
    if not options["yes"]:
        click.confirm(f"Exempt this in account {subject.target.account.account_id}?", abort=True)
    exemptions.grant(subject.target, wanted, progress)
    exemptions.evaluate_again(subject.target, subject.rule, progress)


@exempt.command(name="list")
@for_stage
@reported
def list_(stage: str, project_dir: Path) -> None:
    """Show all exemptions of a stage, those that end first on top."""
    target, progress = _target(stage, project_dir), Progress()
    found = [due.exemption for due in exemptions.store(target).due()]
    if found:
        progress.console.print(exemptions.table(found, datetime.now(UTC)))
    else:
        progress.say(f"Nothing is exempt in stage {stage}.")


@exempt.command()
@click.argument("exemption_id", metavar="ID")
@for_stage
@click.option("--yes", is_flag=True, help="Do not ask.")
@reported
def remove(stage: str, project_dir: Path, exemption_id: str, yes: bool) -> None:
    """Take an exemption back; ID is as `list` shows it."""
    target, progress = _target(stage, project_dir), Progress()
    found = exemptions.find(target, exemption_id)
    progress.console.print(exemptions.table([found], datetime.now(UTC)))
    if not yes:
        click.confirm("Take this exemption back?", abort=True)
    exemptions.remove(target, found, progress)
    [rule] = [each for each in RULES if each.resource_type == found.resource.split("/")[2]]
    exemptions.evaluate_again(target, rule, progress)


def _wanted(subject: Subject, options: dict[str, Any]) -> tuple[Condemned, ...]:
    """What the options name; exactly one way of naming it."""
    named = [name for name in ("all_current", "port", "statement", "grantee") if options[name]]
    if len(named) != 1:
        raise BadInput("options", named, "one of --all-current, --port, --statement and --grantee")
    if options["all_current"]:
        return subject.condemned()
    needed = SECURITY_GROUP if named == ["port"] else S3_BUCKET
    if subject.resource_type != needed:
        raise BadInput(f"--{named[0]}", subject.resource_id, f"a RESOURCE of type {needed}")
    if options["statement"]:
        return (_statement(subject, options["statement"]),)
    if options["grantee"]:
        scope = scope_from_json({"grantee": options["grantee"], "permission": options["permission"]}, "options")
        return (("S3_BUCKET_PUBLIC_ACL", scope),)
    return (("EC2_SG_PROHIBITED_PORT", scope_from_json(_ports(options), "options")),)


def _statement(subject: Subject, name: str) -> Condemned:
    """The statement of that Sid, or at that place, that is condemned, or would be."""
    names = (f'statement "{name}"', f"statement {name}")
    could = subject.condemned_or_exempt
    found = [each for each in could if isinstance(each[1], StatementScope) and each[1].name in names]
    if len(found) != 1:
        raise BadInput("--statement", name, f"one condemned statement of the policy, where there are {len(found)}")
    return found[0]


def _ports(options: dict[str, Any]) -> dict[str, Any]:
    if bool(options["cidr"]) == bool(options["prefix_list"]):
        raise BadInput("--port", options["port"], "--cidr or --prefix-list with it")
    first, _, last = options["port"].partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise BadInput("--port", options["port"], "a port or a range of ports, such as 6000-6063")
    source = {"cidr": options["cidr"]} if options["cidr"] else {"prefixListId": options["prefix_list"]}
    return {"protocol": options["protocol"], "fromPort": int(first), "toPort": int(last or first), **source}


def _end(until: str | None, lasting: str | None, now: datetime) -> datetime:
    if bool(until) == bool(lasting):
        raise BadInput("--until", until, "--until or --for")
    if until:
        return instant(until, "--until")
    days = DAYS.fullmatch(lasting or "")
    if not days:
        raise BadInput("--for", lasting, "a number of days, such as 30d")
    return now + timedelta(days=int(days[1]))


def _target(stage: str, project_dir: Path) -> Target:
    return Target(Stage.read(project_dir, stage), Account.connect())
