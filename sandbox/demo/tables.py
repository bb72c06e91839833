"""The tables of the demonstration."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from rich import box
from rich.table import Table
from rich.text import Text

from chalicelib.findings import AwsCall, Finding
from sandbox.demo.leaks import Leak
from sandbox.demo.proof import Proof

LONG_ID = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{56}\b")


def planted(leaks: Sequence[Leak], now: Mapping[str, Mapping[str, str]]) -> Table:
    """What was planted; `now` is what can be read of it, by resource id."""
    table = _table("Resource", "What is in it", "Now")
    for leak in leaks:
        for index, fact in enumerate(leak.facts):
            style, note = ("", "harmless") if fact.is_harmless else ("red", "the hole")
            name = leak.resource_id if index == 0 else ""
            value = f"{now[leak.resource_id][fact.what]:<6} {note}"
            table.add_row(name, Text(fact.what, style), Text(value, style), end_section=fact is leak.facts[-1])
    return table


def required(findings: Iterable[Finding]) -> Table:
    """What waits in the remediation queue: why, and the AWS calls that would fix it."""
    table = _table("Resource", "Why", "Required AWS call")
    table.columns[-1].ratio, table.columns[-2].ratio = 5, 3
    for finding in findings:
        why = "\n".join(violation.reason for violation in finding.violations)
        steps = "\n".join(map(_in_words, finding.required_steps))
        table.add_row(finding.target_resource_id, Text(why, "red"), Text(steps), end_section=True)
    return table


def proven(proofs: Sequence[Proof]) -> Table:
    """Before and after, with a check mark where it is as it should be."""
    table = _table("Resource", "Read from the live account", "Before", "After", "")
    names = [proof.resource_id for proof in proofs]
    for index, proof in enumerate(proofs):
        first = names.index(proof.resource_id) == index
        last = index == len(names) - 1 or names[index + 1] != proof.resource_id
        mark = Text("✓", "bold green") if proof.holds else Text(f"✗ expected {proof.expected}", "bold red")
        changed = "bold" if proof.before != proof.after else "dim"
        cells = (Text(proof.before, changed), Text(proof.after, changed), mark)
        table.add_row(proof.resource_id if first else "", proof.what, *cells, end_section=last)
    return table


def _table(*headings: str) -> Table:
    table = Table(box=box.ROUNDED, border_style="dim", expand=True)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading == "Resource")
    return table


def _in_words(step: AwsCall) -> str:
    """The call, with its parameters as YAML; what is JSON in a text (a policy) is spread out, long ids are cut."""
    parameters = {name: _spread(value) for name, value in step.parameters.items()}
    text = yaml.safe_dump(parameters, default_flow_style=False, sort_keys=False)
    return f"{step.service}:{step.action}\n{LONG_ID.sub(r'\1…', text).rstrip()}"


def _spread(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value.startswith("{") else value
