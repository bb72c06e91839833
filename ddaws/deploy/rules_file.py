"""The file of Config rules, `infrastructure/config_rules.yaml`; errors name the field and the value."""

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
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
LONGEST_DESCRIPTION = 200
LONGEST_PARAMETERS = 1024
FIELDS = frozenset({"description", "maximumExecutionFrequency", "inputParameters"})
MANAGED_FIELDS = frozenset({"sourceIdentifier", "oncePerAccount", "unavailableIn"})


@dataclass(frozen=True)
class DeclaredRule:
    """One rule of the file.

    Attributes
    ----------
    function : str
        The function of ours that evaluates it; empty for a managed rule.
    source_identifier : str
        AWS's identifier of a managed rule; empty for a rule of ours.
    maximum_execution_frequency : str
        How often it is evaluated without a change; empty for AWS Config's default.
    input_parameters : Mapping or None
        Its parameters by name; none of them blank.
    once_per_account : bool
        Whether it evaluates the whole account, so that one region is enough.
    unavailable_in : tuple of str
        Regions in which AWS Config does not offer it.
    """

    name: str
    description: str
    function: str = ""
    source_identifier: str = ""
    maximum_execution_frequency: str = ""
    input_parameters: Mapping[str, str] | None = None
    once_per_account: bool = False
    unavailable_in: tuple[str, ...] = ()


def read(project_dir: Path) -> tuple[DeclaredRule, ...]:
    """Read and check the file."""
    try:
        entries = yaml.load((project_dir / FILE).read_text(), _Loader)  # noqa: S506 - it is a SafeLoader
    except yaml.YAMLError as error:
        raise BadInput(FILE, " ".join(str(error).split()), "YAML") from error
    if not isinstance(entries, dict):
        raise BadInput(FILE, entries, "a mapping of rules by name")
    return tuple(_rule(str(name), entry) for name, entry in entries.items())


class _Loader(yaml.SafeLoader):
    """Refuses a duplicate key in a mapping; YAML's loader would use the last one."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice", key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


def _rule(name: str, entry: object) -> DeclaredRule:
    if not NAME.fullmatch(name):
        raise BadInput(f"{FILE}: a rule's name", name, "lower-case letters, digits and hyphens")
    if not isinstance(entry, dict):
        raise BadInput(f"{FILE}: {name}", entry, "a mapping")
    fields = _Fields(name, entry)
    custom = "function" in entry
    fields.allow_only(FIELDS | ({"function"} if custom else MANAGED_FIELDS))
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
        once_per_account=fields.flag("oncePerAccount"),
        unavailable_in=fields.regions("unavailableIn"),
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

    def flag(self, field: str) -> bool:
        value = self.entry.get(field, False)
        if not isinstance(value, bool):
            raise self.wrong(field, "true or false")
        return value

    def regions(self, field: str) -> tuple[str, ...]:
        value = self.entry.get(field, [])
        if not isinstance(value, list) or not all(isinstance(each, str) and REGION.fullmatch(each) for each in value):
            raise self.wrong(field, "a list of regions, such as [me-central-1]")
        return tuple(value)

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
            where = f"{FILE}: {self.rule}.inputParameters.{key}"
            if not isinstance(key, str) or not key.strip():
                raise BadInput(f"{FILE}: {self.rule}.inputParameters", key, "names of parameters that are texts")
            if not isinstance(value, str):
                raise BadInput(where, value, 'a text, in quotes: "14"')
            if not value.strip():
                raise BadInput(where, value, "a text that is not blank, which AWS Config refuses; leave the name out")
        if len(json.dumps(values)) > LONGEST_PARAMETERS:
            raise self.wrong(
                "inputParameters", f"at most {LONGEST_PARAMETERS} characters of JSON, as AWS Config takes it"
            )
        if "function" in self.entry:
            self._check_with_the_rule(values)
        return values

    def _check_with_the_rule(self, values: Mapping[str, str]) -> None:
        """Check the parameters as each evaluation does."""
        for rule in RULES:
            if rule.evaluator == self.entry["function"]:
                try:
                    rule.parameters(values)
                except BadInput as error:
                    raise BadInput(f"{FILE}: {self.rule}: {error.field}", error.value, error.expected) from error
