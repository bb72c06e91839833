"""A check against botocore's model: answers have no member that AWS Config's own answers have not, nor another type."""

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel

PYTHON = {"string": str, "boolean": bool, "integer": int, "long": int, "timestamp": float}


@cache
def model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("config", "service-2"))


def assert_answer_has_the_shape_of(action: str, answer: dict[str, Any]) -> None:
    shape = model().operation_model(action).output_shape
    if shape is None:
        assert answer == {}
    else:
        _check(shape, answer, action)


def _check(shape: Any, value: Any, path: str) -> None:
    match shape.type_name:
        case "structure":
            assert isinstance(value, dict), path
            assert value.keys() <= shape.members.keys(), f"{path}: {value.keys() - shape.members.keys()}"
            for name, member in value.items():
                _check(shape.members[name], member, f"{path}.{name}")
        case "list":
            assert isinstance(value, list), path
            for index, member in enumerate(value):
                _check(shape.member, member, f"{path}[{index}]")
        case "map":
            for key, member in value.items():
                _check(shape.value, member, f"{path}[{key}]")
        case scalar:
            assert isinstance(value, PYTHON[scalar]), f"{path}: {value!r}"
            assert value in shape.metadata.get("enum", [value]), f"{path}: {value!r}"
