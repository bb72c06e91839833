"""The rules file, as people edit it: `infrastructure/config_rules.yaml`. Errors name the field and the value."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chalicelib.errors import BadInput
from chalicelib.rules import RULES

FILE = "infrastructure/config_rules.yaml"
FREQUENCIES = ("One_Hour", "Three_Hours", "Six_Hours", "Twelve_Hours", "TwentyFour_Hours")
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_DESCRIPTION = 200
LONGEST_PARAMETERS = 1024
FIELDS = frozenset({"description", "maximumExecutionFrequency", "inputParameters"})


@dataclass(frozen=True)
class DeclaredRule:
    """One rule of the file.

    Attributes
    ----------
    function : str
        Which of our functions judges; empty for a rule of AWS's own.
    source_identifier : str
        AWS's name of a rule of its own; empty where one of our functions judges.
    maximum_execution_frequency : str
        How often it judges without a change; empty: as often as AWS Config does by itself.
    """

    name: str
    description: str
    function: str = ""
    source_identifier: str = ""
    maximum_execution_frequency: str = ""
    input_parameters: Mapping[str, str] | None = None


def read(project_dir: Path) -> tuple[DeclaredRule, ...]:
    """Read and check the file."""
    try:
        entries = yaml.safe_load((project_dir / FILE).read_text())
    except yaml.YAMLError as error:
        raise BadInput(FILE, " ".join(str(error).split()), "YAML") from error
    if not isinstance(entries, dict):
        raise BadInput(FILE, entries, "a mapping of rules by name")
    return tuple(_rule(str(name), entry) for name, entry in entries.items())


def _rule(name: str, entry: object) -> DeclaredRule:
    if not NAME.fullmatch(name):
        raise BadInput(f"{FILE}: a rule's name", name, "lower-case letters, digits and hyphens")
    if not isinstance(entry, dict):
        raise BadInput(f"{FILE}: {name}", entry, "a mapping")
    fields = _Fields(name, entry)
    custom = "function" in entry
    fields.allow_only(FIELDS | {"function" if custom else "sourceIdentifier"})
    frequency = fields.text("maximumExecutionFrequency", optional=True)
    if frequency and frequency not in FREQUENCIES:
        raise fields.wrong("maximumExecutionFrequency", f"one of {', '.join(FREQUENCIES)}")
    return DeclaredRule(
        name=name,
        description=fields.description(),
        function=fields.function() if custom else "",
        source_identifier="" if custom else fields.text("sourceIdentifier"),
        maximum_execution_frequency=frequency or ("TwentyFour_Hours" if custom else ""),
        input_parameters=fields.parameters(),
    )


@dataclass(frozen=True)
class _Fields:
    """The fields of one rule, each checked as it is read."""

    rule: str
    entry: Mapping[str, Any]

    def wrong(self, field: str, expected: str) -> BadInput:
        return BadInput(f"{FILE}: {self.rule}.{field}", self.entry.get(field), expected)

    def allow_only(self, known: frozenset[str]) -> None:
        for field in self.entry:
            if field not in known:
                raise BadInput(f"{FILE}: {self.rule}", field, f"a field it can have: {', '.join(sorted(known))}")

    def text(self, field: str, *, optional: bool = False) -> str:
        value = self.entry.get(field, "" if optional else None)
        if not isinstance(value, str) or not (value or optional):
            raise self.wrong(field, "a text")
        return value

    def description(self) -> str:
        text = self.text("description")
        if len(text) > LONGEST_DESCRIPTION:
            raise self.wrong("description", f"at most {LONGEST_DESCRIPTION} characters")
        return text

    def function(self) -> str:
        evaluators = [rule.evaluator for rule in RULES]
        if self.entry["function"] not in evaluators:
            raise self.wrong("function", f"one of {', '.join(evaluators)}")
        return str(self.entry["function"])

    def parameters(self) -> dict[str, str]:
        values = self.entry.get("inputParameters", {})
        if not isinstance(values, dict):
            raise self.wrong("inputParameters", "a mapping of texts")
        for key, value in values.items():
            if not isinstance(value, str):
                raise BadInput(f"{FILE}: {self.rule}.inputParameters.{key}", value, 'a text, in quotes: "14"')
        if len(json.dumps(values)) > LONGEST_PARAMETERS:
            raise self.wrong(
                "inputParameters", f"at most {LONGEST_PARAMETERS} characters of JSON, as AWS Config takes it"
            )
        if "function" in self.entry:
            self._judge_takes(values)
        return values

    def _judge_takes(self, values: Mapping[str, str]) -> None:
        """Let the rule itself check its parameters, as it will at each evaluation."""
        for rule in RULES:
            if rule.evaluator == self.entry["function"]:
                try:
                    rule.parameters(values)
                except BadInput as error:
                    raise BadInput(f"{FILE}: {self.rule}: {error.field}", error.value, error.expected) from error
