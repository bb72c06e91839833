"""What the remediators have done, and what people have undone: found by the journal's indexes."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from chalicelib.errors import BadInput
from chalicelib.gateways.journal import KEPT_FOR
from chalicelib.gateways.journal_index import JournalIndex
from chalicelib.rules import RULES
from chalicelib.trust.codec import encoded
from chalicelib.trust.summary import Summary
from ddaws import times
from ddaws.plan import Target


def history(target: Target, resource: str | None, since: timedelta) -> list[Summary]:
    """The records of the last while, the latest first; of one resource, if one is named."""
    if since > KEPT_FOR:
        raise BadInput("--since", f"{since.days}d", f"at most {KEPT_FOR.days}d: nothing is kept any longer")
    index = JournalIndex(target.account.client("dynamodb"), target.stage.settings.journal_table)
    now = times.now()
    if resource is None:
        return list(index.of_days(now - since, now))
    return [each for key in _keys(resource, target) for each in index.of_resource(key, now - since)]


def _keys(resource: str, target: Target) -> Iterator[str]:
    """What the resource may go by: as it is written in full, or of any type in this account and region."""
    if "/" in resource:
        yield resource
        return
    for kind in dict.fromkeys(rule.resource_type for rule in RULES):
        yield f"{target.account.account_id}/{target.account.region}/{kind}/{resource}"


def to_json(found: Sequence[Summary]) -> list[dict[str, Any]]:
    """What was found, for programs."""
    return [encoded(each) for each in found]


def show(found: Sequence[Summary], console: Console) -> None:
    """Print what was found, as a table."""
    if not found:
        console.print("Nothing was changed.")
        return
    table = Table(show_lines=True)
    for name, ratio in (("When", 2), ("Id", 2), ("Resource", 3), ("Status", 2), ("What", 5)):
        table.add_column(name, overflow="fold", ratio=ratio)
    for each in found:
        table.add_row(*map(escape, _cells(each)))
    console.print(table)


def _cells(each: Summary) -> tuple[str, str, str, str, str]:
    account, region, kind, name = each.resource.split("/", 3)
    status = f"{each.status}\nundone by {each.undone_by}" if each.undone_by else each.status
    of = f"\nundoes {each.undoes}" if each.undoes else ""
    return each.opened_at, each.remediation_id + of, f"{name}\n{kind}\n{account} {region}", status, each.gist
