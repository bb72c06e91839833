"""A rule's parameters say how it fixes; nobody has to deploy for that."""

import pytest

from tests.e2e.chapter_otherwise import Otherwise

pytestmark = pytest.mark.e2e


def test_a_carved_range_keeps_its_harmless_ports_with_description_and_tags(otherwise: Otherwise) -> None:
    assert otherwise.before[otherwise.group.resource_id] == otherwise.group.leaking
    assert otherwise.after[otherwise.group.resource_id] == otherwise.group.fixed


def test_a_blocked_bucket_keeps_its_policy(otherwise: Otherwise) -> None:
    assert otherwise.before[otherwise.bucket.resource_id] == otherwise.bucket.leaking
    assert otherwise.after[otherwise.bucket.resource_id] == otherwise.bucket.fixed
