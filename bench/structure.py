"""How far one finding travels, from AWS Config's event to Slack: files, functions and AWS calls of an open port 22."""

import inspect
import json
import sys
from collections import Counter
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from rich.table import Table

from bench import resources
from bench.account import TOLD, BenchAccount, current_container, new_container
from bench.environment import PROJECT
from chalicelib.resources import SECURITY_GROUP
from chalicelib.rules import SECURITY_GROUP_RULE

OURS = (str(PROJECT / "app.py"), str(PROJECT / "chalicelib"))


@dataclass
class Trace:
    """What ran of the app.

    Attributes
    ----------
    files : set of str
        Those in which at least one function ran.
    functions : set of code objects
        Those that ran.
    crossings : int
        Calls from one file of the app to another.
    """

    files: set[str] = field(default_factory=set)
    functions: set[CodeType] = field(default_factory=set)
    crossings: int = 0

    def note(self, frame: FrameType, event: str, _argument: object) -> None:
        """Count a call; what ``sys.setprofile`` takes."""
        code = frame.f_code
        is_function = code.co_flags & inspect.CO_OPTIMIZED  # neither a module nor the body of a class
        if event != "call" or not is_function or not code.co_filename.startswith(OURS):
            return
        self.files.add(code.co_filename)
        self.functions.add(code)
        caller = frame.f_back.f_code.co_filename if frame.f_back else ""
        self.crossings += caller.startswith(OURS) and caller != code.co_filename


def table(account: BenchAccount) -> Table:
    """Files, functions, calls between files and AWS calls of one finding, and the lines of chalicelib."""
    trace = Trace()
    sys.setprofile(trace.note)
    try:
        first = _told(account, new_container(), "traced")
    finally:
        sys.setprofile(None)
    fix = _told(account, current_container(), "warm")["remediate_security_group"]
    files = list((PROJECT / "chalicelib").rglob("*.py"))
    shown = Table(title="One finding (port 22 open): evaluated, forwarded, fixed and told", title_justify="left")
    shown.add_column("What")
    shown.add_column("Count", justify="right")
    for what, count in (
        ("files that run", f"{len(trace.files)} of {len(files) + 1}"),
        ("functions that run", len(trace.functions)),
        ("calls from file to file", trace.crossings),
        ("AWS calls of all four functions, new containers", sum(calls.total() for calls in first.values())),
        ("AWS calls of the fix, warm container", fix.total()),
        ("of them to DynamoDB", sum(times for name, times in fix.items() if name.startswith("dynamodb:"))),
        ("lines of chalicelib", sum(len(path.read_text().splitlines()) for path in files)),
    ):
        shown.add_row(what, str(count))
    return shown


def _told(account: BenchAccount, app: Any, name: str) -> dict[str, Counter[str]]:
    """Open port 22 of a new group and let the app deal with it; the AWS calls of each function."""
    group = resources.group(account, name, source=resources.EVERYWHERE)
    change = resources.change(account, SECURITY_GROUP, group)
    calls = {"evaluate_security_group": account.calls_of(app.evaluate_security_group, change)}
    calls["coordinator"] = account.calls_of(app.coordinator, resources.tick())
    work = {"Records": account.take(account.settings.work_queue(SECURITY_GROUP_RULE.remediator))}
    calls["remediate_security_group"] = account.calls_of(app.remediate_security_group, work)
    told = {"Records": [{"Sns": json.loads(each["body"])} for each in account.take(TOLD)]}
    calls["notifier"] = account.calls_of(app.notifier, told)
    return calls
