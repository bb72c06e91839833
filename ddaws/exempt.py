"""``ddaws exempt add|list|remove``: which violations may stay, who owns them, why, and until when."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from chalicelib.errors import BadInput
from chalicelib.exemptions.exemptions import granted, instant
from chalicelib.exemptions.scopes import PortScope, StatementScope, StoredScope, scope_from_json
from chalicelib.exposure.networks import merged, within
from chalicelib.exposure.ports import without
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from chalicelib.rules import RULES
from ddaws import exemptions
from ddaws.commands import Commands, for_stage, some_text
from ddaws.exemptions import NonCompliant, Subject
from ddaws.plan import Target
from ddaws.progress import Progress
from ddaws.terminal import confirm, print_json

DAYS = re.compile(r"([1-9][0-9]{0,2})d")
OPTIONS = {
    "protocol": "--protocol",
    "fromPort": "--port",
    "toPort": "--port",
    "cidr": "--cidr",
    "prefixListId": "--prefix-list",
    "grantee": "--grantee",
    "permission": "--permission",
}
"""The option for each member of a scope."""


@click.group(cls=Commands)
def exempt() -> None:
    """Add, list and remove exemptions from a rule."""


def what(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that select what is exempt."""
    options = (
        click.option("--all-current", is_flag=True, help="Everything that is non-compliant about the resource now."),
        click.option("--port", callback=some_text, help="A port or port range of a security group: 22, or 6000-6063."),
        click.option("--protocol", default="tcp", show_default=True, help="With --port: tcp or udp."),
        click.option("--cidr", callback=some_text, help="With --port: the source addresses."),
        click.option("--prefix-list", callback=some_text, help="With --port: the source prefix list."),
        click.option(
            "--statement", callback=some_text, help="A statement of a bucket's policy: its Sid, or its number from 1."
        ),
        click.option("--grantee", callback=some_text, help="A bucket's ACL grant to AllUsers or AuthenticatedUsers."),
        click.option(
            "--permission", callback=some_text, help="With --grantee: READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@exempt.command()
@click.argument("resource", callback=some_text)
@for_stage
@what
@click.option("--owner", required=True, callback=some_text, help="The owner of the exemption.")
@click.option("--reason", required=True, callback=some_text, help="Why the violation may stay, shown in Slack.")
@click.option("--until", help="When the exemption ends, at most a year from now: 2027-01-31, or 2027-01-31T12:00:00Z.")
@click.option("--for", "lasting", help="Or how long the exemption lasts: 30d.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def add(target: Target, progress: Progress, resource: str, owner: str, reason: str, **options: Any) -> None:
    """Exempt violations of RESOURCE (a security group's ID or a bucket's name) after showing them."""
    now = datetime.now(UTC)
    subject = Subject(target, resource)
    until = _end(options["until"], options["lasting"], now)
    subject.demand_region()
    wanted = granted(subject.live, _wanted(subject, options), owner, reason, until, now)
    if not wanted:
        progress.say(f"{resource} has no violation that is not exempt already.")
        return
    exemptions.show(wanted, now, progress)
    if not options["yes"]:
        confirm(f"Exempt this in account {subject.target.account.account_id}?")
    exemptions.grant(subject.target, wanted, progress)
    exemptions.evaluate_again(subject.target, subject.rule, progress)


@exempt.command(name="list")
@for_stage
@click.option("--json", "as_json", is_flag=True, help="Print the exemptions as JSON.")
def list_(target: Target, progress: Progress, as_json: bool) -> None:
    """List the exemptions of a stage; those that end first come first."""
    found = [due.exemption for due in exemptions.store(target).due()]
    if as_json:
        print_json([each.to_json() for each in found])
    elif found:
        exemptions.show(found, datetime.now(UTC), progress)
    else:
        progress.say(f"Stage {target.stage.name} has no exemptions.")


@exempt.command()
@click.argument("exemption_id", metavar="ID", callback=some_text)
@for_stage
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(target: Target, progress: Progress, exemption_id: str, yes: bool) -> None:
    """Remove an exemption. `ddaws exempt list` shows the ID."""
    found = exemptions.find(target, exemption_id)
    exemptions.show([found], datetime.now(UTC), progress)
    if not yes:
        confirm("Remove this exemption?")
    exemptions.remove(target, found, progress)
    [rule] = [each for each in RULES if each.resource_type == found.resource.split("/")[2]]
    exemptions.evaluate_again(target, rule, progress)


def _wanted(subject: Subject, options: dict[str, Any]) -> tuple[NonCompliant, ...]:
    """The violations that the options select; they must be non-compliant now."""
    ways = ("--all-current", "--port", "--statement", "--grantee")
    named = [way for way in ways if options[_parameter(way)]]
    if len(named) != 1:
        raise BadInput("options", named or None, f"exactly one of {', '.join(ways)}")
    [way] = named
    for option, belongs in (("--cidr", "--port"), ("--prefix-list", "--port"), ("--permission", "--grantee")):
        if options[_parameter(option)] and way != belongs:
            raise BadInput(option, options[_parameter(option)], f"{belongs} with this option")
    if way == "--all-current":
        return subject.non_compliant()
    needed = SECURITY_GROUP if way == "--port" else S3_BUCKET
    if subject.resource_type != needed:
        raise BadInput(way, subject.resource_id, f"a RESOURCE of type {needed}")
    if way == "--statement":
        return (_statement(subject, options["statement"]),)
    if way == "--grantee":
        scope = _scope({"grantee": options["grantee"], "permission": options["permission"]})
        return (_found(subject, "S3_BUCKET_PUBLIC_ACL", scope, way),)
    return (_found(subject, "EC2_SG_PROHIBITED_PORT", _scope(_ports(options)), way),)


def _found(subject: Subject, violation_type: str, scope: StoredScope, option: str) -> NonCompliant:
    """The scope, if everything that it covers is non-compliant now, or would be without exemptions."""
    could = [found for kind, found in subject.non_compliant_or_exempt if kind == violation_type]
    is_open = _is_open(scope, could) if isinstance(scope, PortScope) else scope in could
    if not is_open:
        there = ", ".join(sorted(set(map(str, could)))) or "none"
        raise BadInput(option, str(scope), f"a violation of {subject.resource_id}; its violations now: {there}")
    return violation_type, scope


def _is_open(scope: PortScope, could: Iterable[StoredScope]) -> bool:
    """Whether every port of the scope is open to its source."""
    same = [each for each in could if isinstance(each, PortScope) and each.protocol == scope.protocol]
    if isinstance(scope.source, str):
        reaching = [each for each in same if each.source == scope.source]
    else:
        source, networks = scope.source, [each.source for each in same if not isinstance(each.source, str)]
        if not any(within(source, each) for each in merged(networks) if each.version == source.version):
            return False
        reaching = [
            each
            for each in same
            if not isinstance(each.source, str)
            and each.source.version == source.version
            and (within(source, each.source) or within(each.source, source))
        ]
    return not without(scope.ports, [each.ports for each in reaching])


def _scope(raw: dict[str, Any]) -> StoredScope:
    """The scope that the options select; errors name the option."""
    try:
        return scope_from_json(raw, "scope")
    except BadInput as error:
        option = OPTIONS[error.field.rpartition(".")[2]]
        raise BadInput(option, error.value, error.expected) from error


def _parameter(option: str) -> str:
    return option.removeprefix("--").replace("-", "_")


def _statement(subject: Subject, name: str) -> NonCompliant:
    """The statement with that Sid or number, which must be public now, or would be without exemptions."""
    names = (f'statement "{name}"', f"statement {name}")
    could = subject.non_compliant_or_exempt
    found = [each for each in could if isinstance(each[1], StatementScope) and each[1].name in names]
    if len(found) != 1:
        raise BadInput("--statement", name, f"the Sid or number of one public statement; {len(found)} match")
    return found[0]


def _ports(options: dict[str, Any]) -> dict[str, Any]:
    if bool(options["cidr"]) == bool(options["prefix_list"]):
        raise BadInput("--port", options["port"], "either --cidr or --prefix-list with --port")
    first, _, last = options["port"].partition("-")
    if not all(each.isascii() and each.isdecimal() and len(each) <= 5 for each in (first, last or first)):
        raise BadInput("--port", options["port"], "a port or a range of ports, such as 6000-6063")
    source = {"cidr": options["cidr"]} if options["cidr"] else {"prefixListId": options["prefix_list"]}
    return {"protocol": options["protocol"], "fromPort": int(first), "toPort": int(last or first), **source}


def _end(until: str | None, lasting: str | None, now: datetime) -> datetime:
    if bool(until) == bool(lasting):
        raise BadInput("--until", until, "either --until or --for")
    if until:
        return instant(until, "--until")
    days = DAYS.fullmatch(lasting or "")
    if not days:
        raise BadInput("--for", lasting, "a number of days, such as 30d")
    return now + timedelta(days=int(days[1]))
