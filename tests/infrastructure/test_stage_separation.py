"""Stages whose names begin alike: nothing of stage `dev` reaches what belongs to stage `dev-2`, nor the other way."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from ddaws.policies import PLACEHOLDER, POLICIES
from tests.infrastructure.declarations import FUNCTIONS, PROJECT, Json, as_list, template

PAIRS = [("dev", "dev-2"), ("dev-2", "dev")]
NAMED = ("QueueName", "TopicName", "TableName", "LogGroupName", "AlarmName", "AliasName", "MetricName")
LITERALS = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "123456789012"}


def policies(stage: str) -> Iterator[tuple[str, Json]]:
    """Each statement of each function's role in a stage."""
    for function in FUNCTIONS:
        text = (PROJECT / POLICIES / f"{function}.json").read_text().replace(PLACEHOLDER, stage)
        yield from ((function, statement) for statement in json.loads(text)["Statement"])


def names(stage: str) -> set[str]:
    """The names of all that a stage has: of the foundation, of the app and of AWS Config's rules."""
    found = {text for key, text in substituted(template()["Resources"], stage) if key in NAMED}
    functions = {f"dd-aws-{stage}-{function}" for function in FUNCTIONS}
    return found | functions | {f"/aws/lambda/{name}" for name in functions}


def substituted(node: Any, stage: str, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a part of the template as it reads in a stage, with the name of its property."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from substituted(child, stage, key if name.startswith("Fn::") else name)
    elif isinstance(node, list):
        for child in node:
            yield from substituted(child, stage, key)
    elif isinstance(node, str):
        values = LITERALS | {"Stage": stage}
        yield key, re.sub(r"\$\{([\w:]+)\}", lambda match: values.get(match[1], match[0]), node)


def reached(pattern: str, stage: str) -> set[str]:
    """The names of a stage that an ARN, or a pattern of ARNs, can mean."""
    tail = pattern.split(":", 5)[-1] if pattern.startswith("arn:") else pattern
    kinds = ("", "table/", "log-group:", "alarm:", "parameter", "role/", "function:")
    return {
        name for name in names(stage) for kind in kinds for end in ("", ":*") if fnmatchcase(kind + name + end, tail)
    }


@pytest.mark.parametrize(("stage", "other"), PAIRS)
def test_a_stages_roles_reach_nothing_of_a_stage_whose_name_begins_alike(stage: str, other: str) -> None:
    own: set[str] = set()
    for function, statement in policies(stage):
        for resource in as_list(statement["Resource"]):
            if "dd-aws" in resource:
                assert not reached(resource, other), (function, resource)
                own |= reached(resource, stage)
    assert own


@pytest.mark.parametrize(("stage", "other"), PAIRS)
def test_a_stages_template_names_nothing_of_a_stage_whose_name_begins_alike(stage: str, other: str) -> None:
    for _, text in substituted(template()["Resources"], stage):
        if "dd-aws" in text:
            assert not reached(text, other), text


@pytest.mark.parametrize("stage", ["dev", "dev-2"])
def test_no_name_of_ours_is_a_pattern(stage: str) -> None:
    """But for the streams of a log group, which are after the whole name of the group."""
    texts = [text for _, text in substituted(template()["Resources"], stage)]
    texts += [resource for _, statement in policies(stage) for resource in as_list(statement["Resource"])]
    patterns = {text for text in texts if re.search(r"dd-aws.*[*?]", text)}
    assert {text for text in patterns if not re.search(r":log-group:/aws/lambda/dd-aws-[\w-]+:\*$", text)} == set()
