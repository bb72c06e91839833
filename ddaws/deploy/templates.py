"""CloudFormation templates: compared by their declarations, and sent as compact JSON."""

import json
from collections.abc import Mapping
from typing import Any

import yaml

from chalicelib.errors import BadInput

LARGEST = 51_200
"""Bytes of a template that CreateStack and UpdateStack take in ``TemplateBody`` (CloudFormation User Guide, quotas)."""


class _Loader(yaml.SafeLoader):
    """Reads the short forms of CloudFormation's functions: ``!Ref x`` is ``{"Ref": "x"}``."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = node.value.split(".", 1) if suffix == "GetAtt" else node.value
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _long_form)


def compact(template: str, name: str) -> str:
    """Write a template without comments and spacing.

    Parameters
    ----------
    template : str
        The template, as YAML with CloudFormation's short forms.
    name : str
        The template's name in errors.

    Raises
    ------
    BadInput
        The text is no template, or is too large for CloudFormation even without comments.
    """
    declared = _parsed(template)
    if not isinstance(declared, dict):
        raise BadInput(name, template[:80], "a CloudFormation template")
    text = json.dumps(declared, separators=(",", ":"))
    if len(text) > LARGEST:
        raise BadInput(name, f"{len(text)} bytes", f"a template of at most {LARGEST} bytes without its comments")
    return text


def agree(one: str | Mapping[str, Any], other: str | Mapping[str, Any]) -> bool:
    """Whether two templates declare the same resources: comments, spacing and the description do not count.

    A template may be a text, or parsed, as boto3 gives back one that was sent as JSON. CloudFormation gives back
    question marks for characters beyond ASCII.
    """
    return bool(_declarations(one) == _declarations(other))


def _declarations(template: str | Mapping[str, Any]) -> object:
    text = template if isinstance(template, str) else json.dumps(template, ensure_ascii=False)
    declared = _parsed(text.encode("ascii", "replace").decode())
    return {key: value for key, value in declared.items() if key != "Description"} if declared else text


def _parsed(text: str) -> dict[str, Any] | None:
    """The template as a mapping with the functions' long form; None if the text is no template."""
    try:
        parsed = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError:
        return None
    return parsed if isinstance(parsed, dict) else None
