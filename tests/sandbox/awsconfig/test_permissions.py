"""Which resource policies of a function let AWS Config in."""

from typing import Any

import pytest

from sandbox.awsconfig.permissions import lets_config_invoke
from tests.sandbox.awsconfig.world import permission

ACCOUNT = "123456789012"


def statement(**changes: Any) -> dict[str, Any]:
    return {"Statement": [permission()["Statement"][0] | changes]}


@pytest.mark.parametrize(
    "policy",
    [
        permission(),
        statement(Condition={}),
        statement(Action=["lambda:GetFunction", "lambda:Invoke*"]),
        statement(Action="*", Principal="*"),
        {"Statement": permission()["Statement"][0]},
    ],
)
def test_a_permission_for_aws_config_lets_it_in(policy: dict[str, Any]) -> None:
    assert lets_config_invoke(policy, ACCOUNT)


@pytest.mark.parametrize(
    "policy",
    [
        None,
        {},
        permission("999999999999"),
        statement(Principal={"Service": "events.amazonaws.com"}),
        statement(Principal={"AWS": ACCOUNT}),
        statement(Action="lambda:GetFunction"),
        {"Statement": [*permission()["Statement"], {**permission()["Statement"][0], "Effect": "Deny"}]},
    ],
)
def test_anything_else_keeps_it_out(policy: dict[str, Any] | None) -> None:
    assert not lets_config_invoke(policy, ACCOUNT)
