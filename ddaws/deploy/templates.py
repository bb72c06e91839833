"""CloudFormation templates, compared as CloudFormation does: by what they declare, not by how it is written."""

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):
    """Takes `!Ref` and the like as they are: the tag, and what it is about."""


def _tagged(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> tuple[str, Any]:
    if isinstance(node, yaml.MappingNode):
        return tag, loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return tag, loader.construct_sequence(node, deep=True)
    return tag, node.value


_Loader.add_multi_constructor("!", _tagged)


def agree(one: str, other: str) -> bool:
    """Whether two templates declare the same: comments, spacing and the description are nothing to update a stack for.

    Of characters beyond ASCII, GetTemplate gives back question marks.
    """
    return bool(_declarations(one) == _declarations(other))


def _declarations(template: str) -> object:
    try:
        parsed = yaml.load(template.encode("ascii", "replace").decode(), _Loader)  # noqa: S506 a SafeLoader it is
    except yaml.YAMLError:
        return template
    if isinstance(parsed, dict):
        parsed.pop("Description", None)
    return parsed
