"""The remediators' changes and people's undos, read from the journal's indexes."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from chalicelib.errors import BadInput, DdAwsError
from chalicelib.journal.codec import camel_case, encoded
from chalicelib.journal.index import JournalIndex
from chalicelib.journal.store import KEPT_FOR
from chalicelib.journal.summary import Summary
from chalicelib.rules import RULES, live
from ddaws import times
from ddaws.plan import Target
from ddaws.terminal import Cell, Terminal

COLUMNS = (("When", 2), ("Id", 2), ("Resource", 3), ("Status", 2), ("What", 5))


def history(target: Target, resource: str | None, since: timedelta) -> list[Summary]:
    """The records of the given period, the latest first; only those of `resource` if it is given."""
    if since > KEPT_FOR:
        raise BadInput("--since", f"{since.days}d", f"at most {KEPT_FOR.days}d: records are kept no longer")
    index = JournalIndex(target.account.client("dynamodb"), target.stage.settings.journal_table)
    now = times.now()
    if resource is None:
        return list(index.of_days(now - since, now))
    return [each for key in _keys(resource, target) for each in index.of_resource(key, now - since)]


def _keys(resource: str, target: Target) -> Iterator[str]:
    """The resource's possible journal keys: its full name, or any type in this account and region."""
    if "/" in resource:
        yield resource
        return
    for kind in dict.fromkeys(rule.resource_type for rule in RULES):
        yield f"{target.account.account_id}/{target.account.region}/{kind}/{resource}"


def to_json(found: Sequence[Summary]) -> list[dict[str, Any]]:
    """The records as JSON."""
    return [encoded(each, camel_case) for each in found]


def show(found: Sequence[Summary], terminal: Terminal) -> None:
    """Print the records as a table."""
    terminal.table(COLUMNS, map(_cells, found))


def nothing(target: Target, resource: str | None, since: str) -> str:
    """Why there is nothing to show: no change in the period, or an unknown resource."""
    period = f"in the last {since}"
    if resource is None:
        return f"Nothing was changed in stage {target.stage.name} {period}."
    if history(target, resource, KEPT_FOR):
        return f"{resource} was not changed {period}, but it was changed earlier (--since {KEPT_FOR.days}d)."
    try:
        exists = _exists(target, resource)
    except DdAwsError as error:
        return f"{resource} was not changed in {KEPT_FOR.days} days. The resource cannot be read: {error}"
    if exists:
        return f"{resource} was not changed {period}, nor in the {KEPT_FOR.days} days that the journal keeps."
    where = f"account {target.account.account_id} has no such resource in {target.account.region}"
    return f"{resource} is unknown: {where}, and the journal has no change of it in {KEPT_FOR.days} days."


def _exists(target: Target, resource: str) -> bool:
    """Whether the resource exists in this account and region; its name implies its type."""
    account = target.account
    for key in _keys(resource, target):
        account_id, region, kind, name = (*key.split("/", 3), "", "", "")[:4]
        if (account_id, region) != (account.account_id, account.region):
            continue
        if kind.endswith("SecurityGroup") != name.startswith("sg-"):
            continue
        if live.reader(kind, account_id, region).get(name) is not None:
            return True
    return False


def _cells(each: Summary) -> tuple[Cell, ...]:
    account, region, kind, name = (*each.resource.split("/", 3), "", "", "")[:4]
    undone = [f"undone by {each.undone_by}"] if each.undone_by else []
    undoes = [f"undoes {each.undoes}"] if each.undoes else []
    where = (name, kind, f"{account} {region}")
    return each.opened_at, [each.remediation_id, *undoes], where, [each.status, *undone], each.gist
