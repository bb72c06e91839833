"""Who opened what was fixed is told later, and nothing waits for it."""

import pytest

from sandbox.environment import ACCOUNT_ID
from tests.e2e.chapter_who import NO_QUESTION, ROLE, SESSION, TERRAFORM, Asked, Who

pytestmark = pytest.mark.e2e


def test_a_fix_does_not_wait_for_who_it_was(asked: Asked) -> None:
    assert asked.told_at_once == []
    assert asked.waiting > 0


def test_the_role_its_session_and_its_program_are_named_once(who: Who) -> None:
    [told] = who.told
    assert f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/{ROLE}/{SESSION}` from 127.0.0.1 by {TERRAFORM}" in told
    assert told.endswith("(AuthorizeSecurityGroupIngress)")
    assert "probably" not in told


def test_where_cloudtrail_has_nothing_it_is_told_in_the_end_that_nobody_is_known(who: Who) -> None:
    [told] = who.told_of_nobody
    assert "the caller is unknown: CloudTrail has no event that could have opened the violation" in told


def test_before_that_it_is_asked_again(who: Who) -> None:
    assert who.told_too_early == []


def test_an_invalid_inquiry_is_kept_with_the_reason(who: Who) -> None:
    assert [(letter.body, letter.reason) for letter in who.kept] == [
        (NO_QUESTION, f"message: expected JSON; got '{NO_QUESTION}'")
    ]
