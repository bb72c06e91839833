"""`python -m bench`: every measurement, one table after the other."""

import logging
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.table import Table

from bench import costs, drain, evaluations, fixes, imports, package, port_ranges, structure
from bench.account import BenchAccount, bench_account


def main() -> None:
    """Measure and print; exit with an error where a limit is exceeded."""
    logging.disable()
    console = Console()
    for table in _tables():
        console.print(table, "")


def _tables() -> Iterator[Table]:
    for measure in (evaluations.table, fixes.table, drain.table, structure.table):
        yield _in_an_account(measure)
    for measure_alone in (imports.table, port_ranges.table, package.table):
        yield measure_alone()
    yield from costs.tables()


def _in_an_account(measure: Callable[[BenchAccount], Table]) -> Table:
    with bench_account() as account:
        return measure(account)


if __name__ == "__main__":
    main()
