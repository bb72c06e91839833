"""Events of functions, and a table of the AWS calls that they cause."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from bench.account import BenchAccount, new_container


@dataclass(frozen=True)
class Scenario:
    """One event of one function.

    Attributes
    ----------
    function, what : str
        The function, and what has happened.
    event : callable
        Creates the event and its resources again.
    """

    function: str
    what: str
    event: Callable[[], Mapping[str, Any]]


def calls_table(title: str, scenarios: Iterable[Scenario], account: BenchAccount) -> Table:
    """Calls of a warm container, and in brackets how many more a new container makes for its first event."""
    table = Table(title=title, title_justify="left", show_lines=True)
    table.add_column("Event", min_width=24)
    table.add_column("Calls", justify="right")
    table.add_column("Which", no_wrap=True)
    for scenario in scenarios:
        first, warm = _measured(scenario, account)
        more = first.total() - warm.total()
        calls = f"{warm.total()} (+{more})" if more else f"{warm.total()}"
        table.add_row(f"[bold]{scenario.function}[/]\n{scenario.what}", calls, _listed(warm))
    return table


def _measured(scenario: Scenario, account: BenchAccount) -> tuple[Counter[str], Counter[str]]:
    handler = getattr(new_container(), scenario.function)
    first, warm = (account.calls_of(handler, scenario.event()) for _ in range(2))
    return first, warm


def _listed(calls: Counter[str]) -> str:
    return "\n".join(name if times == 1 else f"{name} x {times}" for name, times in sorted(calls.items()))
