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
    """The planted leaks; `now` has the current values by resource ID."""
    table = _table("Resource", "Setting", "Now")
    for leak in leaks:
        for index, fact in enumerate(leak.facts):
            style, note = ("", "harmless") if fact.is_harmless else ("red", "exposed")
            name = leak.resource_id if index == 0 else ""
            value = f"{now[leak.resource_id][fact.what]:<7} {note}"
            table.add_row(name, Text(fact.what, style), Text(value, style), end_section=fact is leak.facts[-1])
    return table


def required(findings: Iterable[Finding]) -> Table:
    """The findings in the remediation queue: their violations, and the AWS calls that would fix them."""
    table = _table("Resource", "Violation", "AWS call that fixes it")
    table.columns[-1].ratio, table.columns[-2].ratio = 5, 3
    for finding in findings:
        why = "\n".join(violation.reason for violation in finding.violations)
        steps = "\n".join(map(_as_text, finding.required_steps))
        table.add_row(finding.target_resource_id, Text(why, "red"), Text(steps), end_section=True)
    return table


def proven(proofs: Sequence[Proof]) -> Table:
    """The facts before and after, with a check mark for each expected value."""
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


def _as_text(step: AwsCall) -> str:
    """The call and its parameters as YAML; JSON texts (policies) are expanded and long IDs are shortened."""
    parameters = {name: _expanded(value) for name, value in step.parameters.items()}
    text = yaml.safe_dump(parameters, default_flow_style=False, sort_keys=False)
    return f"{step.service}:{step.action}\n{LONG_ID.sub(r'\1…', text).rstrip()}"


def _expanded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value.startswith("{") else value
