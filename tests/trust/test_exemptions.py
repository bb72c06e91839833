"""Exemptions as values: their text, their encoding and their expiry."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import BadInput
from chalicelib.exemptions.exemptions import LONGEST, Exemption, as_text, granted, in_force, instant, tag_exemption
from chalicelib.exemptions.scopes import GrantScope, PortScope, StatementScope, StoredScope
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import PortRange
from chalicelib.resources import SecurityGroup
from tests.rules.exempt import IN_A_MONTH, NOW

GROUP = SecurityGroup("111122223333", "eu-west-1", "sg-1", "web", ())
SSH = PortScope("tcp", PortRange(22, 22), network_of("0.0.0.0/0"))
SCOPES = st.one_of(
    st.builds(PortScope, st.sampled_from(("tcp", "udp")), st.just(PortRange(20, 30)), st.just(network_of("::/0"))),
    st.builds(PortScope, st.just("tcp"), st.just(PortRange(0, 65535)), st.just("pl-63a5400a")),
    st.builds(StatementScope, st.just("a" * 64), st.just('statement "Read"')),
    st.builds(GrantScope, st.sampled_from(("AllUsers", "AuthenticatedUsers")), st.sampled_from(("READ", "WRITE"))),
)


def exemption(scope: StoredScope = SSH, until: datetime = IN_A_MONTH, now: datetime = NOW) -> Exemption:
    [made] = granted(GROUP, [("EC2_SG_PROHIBITED_PORT", scope)], " alice ", "OPS-7", until, now)
    return made


@given(SCOPES, st.timedeltas(timedelta(seconds=1), LONGEST))
def test_an_exemption_comes_back_from_json_as_it_was(scope: StoredScope, lasting: timedelta) -> None:
    made = exemption(scope, until=(NOW + lasting).replace(microsecond=0))
    assert Exemption.from_json(json.loads(json.dumps(made.to_json()))) == made


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"until": "2030-01-01"}, "until"),
        ({"until": "soon"}, "until"),
        ({"owner": ""}, "owner"),
        ({"scope": {}}, "scope.protocol"),
        ({"scope": {"protocol": "tcp", "fromPort": 22, "toPort": 21, "cidr": "::/0"}}, "scope.toPort"),
        ({"scope": {"protocol": "tcp", "fromPort": 22, "toPort": 65536, "cidr": "::/0"}}, "scope.toPort"),
        ({"scope": {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidr": "all"}}, "scope.cidr"),
        ({"scope": {"protocol": "tcp", "fromPort": 22, "toPort": 22, "prefixListId": "sg-1"}}, "scope.prefixListId"),
        ({"scope": {"statementHash": "abc", "statement": "x"}}, "scope.statementHash"),
        ({"scope": {"grantee": "Everybody", "permission": "READ"}}, "scope.grantee"),
    ],
    ids=str,
)
def test_what_cannot_be_right_is_refused_by_name(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        Exemption.from_json({**exemption().to_json(), **change})
    assert refused.value.field == f"exemption.{field}"


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(days=1), NOW + LONGEST + timedelta(seconds=1)])
def test_an_exemption_ends_within_a_year_and_not_before_it_begins(until: datetime) -> None:
    with pytest.raises(BadInput, match="until"):
        exemption(until=until)


@pytest.mark.parametrize(("owner", "reason", "field"), [(" ", "why", "owner"), ("alice", "", "reason")])
def test_an_exemption_has_an_owner_and_a_reason(owner: str, reason: str, field: str) -> None:
    with pytest.raises(BadInput, match=field):
        granted(GROUP, [("EC2_SG_PROHIBITED_PORT", SSH)], owner, reason, IN_A_MONTH, NOW)


def test_an_exemption_counts_until_the_moment_at_which_it_ends() -> None:
    made = exemption()
    assert in_force([made], IN_A_MONTH - timedelta(seconds=1)) == (made,)
    assert in_force([made], IN_A_MONTH) == ()


def test_to_grant_the_same_again_is_to_prolong_it_and_anything_else_is_another() -> None:
    later = exemption(until=IN_A_MONTH + timedelta(days=1))
    assert later.exemption_id == exemption().exemption_id
    assert exemption(PortScope("tcp", PortRange(22, 23), SSH.source)).exemption_id != later.exemption_id


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)))  # noqa: DTZ001
def test_times_sort_as_their_texts_do(when: datetime) -> None:
    assert instant(as_text(when), "until") == when.replace(microsecond=0)


@pytest.mark.parametrize("text", ["", "tomorrow", "0001-01-01T00:00:00+23:59", "2027-13-01"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="until"):
        instant(text, "until")


def test_a_time_without_a_zone_is_utc_and_a_date_its_first_moment() -> None:
    assert instant("2027-01-31", "until") == datetime(2027, 1, 31, tzinfo=UTC)
    assert instant("2027-01-31T12:00", "until") == instant("2027-01-31T13:00:00+01:00", "until")


@pytest.mark.parametrize("value", ["", "forever", "2026-11-23", "2028-01-01", "9999-12-31"])
def test_a_tag_that_is_no_date_within_a_year_exempts_nothing(value: str) -> None:
    tagged = SecurityGroup("111122223333", "eu-west-1", "sg-1", "web", (), tags={"dd-aws:exempt-until": value})
    assert tag_exemption(tagged, NOW) == ()
    assert tag_exemption(GROUP, NOW) == ()


def test_what_a_tag_exempts_is_never_stored() -> None:
    tagged = SecurityGroup("111122223333", "eu-west-1", "sg-1", "web", (), tags={"dd-aws:exempt-until": "2027-01-01"})
    [made] = tag_exemption(tagged, NOW)
    with pytest.raises(BadInput, match="scope"):
        made.to_json()
