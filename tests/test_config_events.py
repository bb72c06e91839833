"""Rule parameters, which AWS Config keeps as a JSON text."""

import json
from typing import Any

import pytest

from chalicelib.aws.config_events import parameters_from_json
from chalicelib.errors import BadInput


@pytest.mark.parametrize(
    ("value", "text"), [("22", "22"), (22, "22"), (True, "true"), (False, "false"), (1.5, "1.5"), ("", "")]
)
def test_a_parameters_value_is_its_json_text(value: object, text: str) -> None:
    assert parameters_from_json(json.dumps({"a": value})) == {"a": text}


@pytest.mark.parametrize("value", [None, [22], {"port": 22}])
def test_a_value_that_is_no_text_number_or_boolean_is_refused_by_name(value: Any) -> None:
    with pytest.raises(BadInput, match=r"^ruleParameters\.a: expected a text, a number or a boolean"):
        parameters_from_json(json.dumps({"a": value}))


@pytest.mark.parametrize("text", [None, "", "{}"])
def test_no_text_means_no_parameters(text: str | None) -> None:
    assert parameters_from_json(text) == {}
