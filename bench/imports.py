"""Cold imports: how long `import app` takes beside `import boto3` alone, which no function here can do without."""

import subprocess
import sys

from rich.table import Table

from bench.environment import PROJECT, isolated

REPEATS = 9
TIMED = "from time import perf_counter; start = perf_counter(); import {}; print(perf_counter() - start)"


def table() -> Table:
    """The ratio of the shortest of several runs, each in a new interpreter, taken in turns."""
    seconds: dict[str, list[float]] = {"boto3": [], "app": []}
    for _ in range(REPEATS):
        for module, taken in seconds.items():
            taken.append(_import_seconds(module))
    boto3, app = (min(taken) for taken in seconds.values())
    shown = Table(title="Cold import, in a new interpreter", title_justify="left")
    shown.add_column("What")
    shown.add_column("Ratio", justify="right")
    shown.add_row("import app / import boto3", f"{app / boto3:.2f}")
    return shown


def _import_seconds(module: str) -> float:
    command = [sys.executable, "-c", TIMED.format(module)]
    done = subprocess.run(command, cwd=PROJECT, env=isolated(), capture_output=True, text=True, check=True)
    return float(done.stdout)
