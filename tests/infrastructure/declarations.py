"""What this repository declares, read as data: the template, the policies, the app's configuration."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import yaml

from chalicelib.rules import RULES

PROJECT = Path(__file__).parents[2]
TEMPLATE = PROJECT / "infrastructure" / "foundation.yaml"
STAGES = ("dev", "prod", "sandbox")
EVALUATORS = tuple(rule.evaluator for rule in RULES)
REMEDIATORS = tuple(rule.remediator for rule in RULES)
FUNCTIONS = ("notifier", "coordinator", *EVALUATORS, *REMEDIATORS, "investigator")

Json = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: ``!Ref x`` is ``{"Ref": "x"}``, ``!Sub x`` is ``{"Fn::Sub": "x"}``."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> Json:
    if isinstance(node, yaml.SequenceNode):
        value: Any = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    else:
        assert isinstance(node, yaml.ScalarNode)
        value = loader.construct_scalar(node)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template() -> Json:
    result: Json = yaml.load(TEMPLATE.read_text(), _Loader)  # noqa: S506 a SafeLoader
    return result


def resources(resource_type: str) -> dict[str, Json]:
    """Logical id -> properties, of all resources of a type."""
    found = template()["Resources"].items()
    return {logical_id: each["Properties"] for logical_id, each in found if each["Type"] == resource_type}


def named(resource_type: str, name_property: str, stage: str) -> dict[str, Json]:
    """Name in `stage` -> properties, of all resources of a type."""
    return {in_stage(each[name_property], stage): each for each in resources(resource_type).values()}


def queues(stage: str = "dev") -> dict[str, Json]:
    return named("AWS::SQS::Queue", "QueueName", stage)


def in_stage(value: Json, stage: str) -> str:
    """A ``!Sub`` text as it reads in `stage`."""
    return str(value["Fn::Sub"]).replace("${Stage}", stage)


def statements(function: str, stage: str = "dev") -> list[Json]:
    """The statements of a function's role."""
    policy = json.loads((PROJECT / ".chalice" / "policies" / stage / f"{function}.json").read_text())
    return [
        {**each, "Action": as_list(each["Action"]), "Resource": as_list(each["Resource"])}
        for each in policy["Statement"]
    ]


def grants(function: str, stage: str = "dev") -> Iterator[tuple[str, str]]:
    """Every (action, resource) that a function's role allows."""
    for statement in statements(function, stage):
        for action in statement["Action"]:
            yield from ((action, resource) for resource in statement["Resource"])


def as_list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


@cache
def service_authorization() -> Json:
    """AWS's Service Authorization Reference, as cfn-lint ships it: service -> actions and resources."""
    path = distribution("cfn-lint").locate_file("cfnlint/data/AdditionalSpecs/Policies.json")
    result: Json = json.loads(Path(str(path)).read_text())
    return result
