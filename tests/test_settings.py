"""A stage's settings by rule."""

from datetime import timedelta

import pytest

from chalicelib.errors import BadInput
from chalicelib.modes import Handling, Mode
from chalicelib.settings import Settings

GROUPS, BUCKETS = "dd-aws-dev-security-group-prohibited-ports", "dd-aws-dev-s3-bucket-public-access"


def handling(rule: str, **variables: str) -> Handling:
    environment = {"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "true", **variables}
    return Settings.from_environment(environment).handling(rule)


@pytest.mark.parametrize(
    ("modes", "groups", "buckets"),
    [
        ("", Mode.ENFORCE, Mode.ENFORCE),
        ("approve", Mode.APPROVE, Mode.APPROVE),
        ("security-group-prohibited-ports=approve", Mode.APPROVE, Mode.OBSERVE),
        (
            "security-group-prohibited-ports=approve, s3-bucket-public-access=enforce",
            Mode.APPROVE,
            Mode.ENFORCE,
        ),
        ("security-group-prohibited-ports=enforce,s3-bucket-public-access=observe", Mode.ENFORCE, Mode.OBSERVE),
    ],
)
def test_each_rule_has_its_mode_and_one_that_is_not_named_is_only_observed(
    modes: str, groups: Mode, buckets: Mode
) -> None:
    assert handling(GROUPS, RULE_MODES=modes).mode is groups
    assert handling(BUCKETS, RULE_MODES=modes).mode is buckets


def test_a_message_that_names_a_rule_of_its_own_is_handled_as_the_others() -> None:
    assert handling("forged", RULE_MODES="security-group-prohibited-ports=enforce").mode is Mode.OBSERVE


def test_each_rule_has_its_grace() -> None:
    given = {"GRACE_MINUTES": "security-group-prohibited-ports=30,s3-bucket-public-access=0"}
    assert handling(GROUPS, **given) == Handling(Mode.ENFORCE, timedelta(minutes=30))
    assert handling(BUCKETS, **given).is_immediate
    assert handling("forged", **given).grace == timedelta(minutes=30)
    assert handling(BUCKETS, GRACE_MINUTES="5").grace == timedelta(minutes=5)
    assert handling(GROUPS).is_immediate


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("RULE_MODES", "off", "off"),
        ("RULE_MODES", "a=aprove", "aprove"),
        ("RULE_MODES", "a=approve,a=enforce", "a=approve,a=enforce"),
        ("RULE_MODES", "=approve", "=approve"),
        ("RULE_MODES", "approve,enforce", "approve,enforce"),
        ("RULE_MODES", "approve,s3-bucket-public-access=enforce", "approve,s3-bucket-public-access=enforce"),
        ("GRACE_MINUTES", "-1", "-1"),
        ("GRACE_MINUTES", "a=10081", "10081"),
        ("GRACE_MINUTES", "a=", "''"),
    ],
)
def test_what_cannot_be_right_is_named(setting: str, value: str, named: str) -> None:
    with pytest.raises(BadInput) as refused:
        handling(GROUPS, **{setting: value})
    assert setting in str(refused.value)
    assert named in str(refused.value)
