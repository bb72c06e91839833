"""No message on our queues changes more than a live evaluation by one of our Config rules requires."""

import copy
import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app
from chalicelib.approvals.holds import Hold, State
from chalicelib.approvals.store import Holds
from chalicelib.errors import DdAwsError
from chalicelib.findings import FINDING_BYTES
from chalicelib.modes import Mode
from chalicelib.per_rule import PerRule
from chalicelib.settings import dead_letter
from chalicelib.wiring import Wiring
from tests.handlers.pipeline import evaluate_security_group

from .config_rules import put
from .conftest import ACCOUNT, REGION, SETTINGS, Account, stage_of
from .events import TICK
from .pipeline import remediated

RULE = SETTINGS.name("security-group-prohibited-ports")
WORK = SETTINGS.work_queue("remediate_security_group")
OPEN = {(22, "0.0.0.0/0"), (22, "203.0.113.0/24"), (443, "0.0.0.0/0"), (8080, "198.51.100.7/32")}
CLOSED = OPEN - {(22, "0.0.0.0/0")}


def opened(account: Account) -> str:
    group = account.group("web")
    for port, cidr in sorted(OPEN):
        account.ec2.authorize_security_group_ingress(
            GroupId=group, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=cidr
        )
    return group


def rules(account: Account, group: str) -> set[tuple[int, str]]:
    [found] = account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return {(each["FromPort"], ip["CidrIp"]) for each in found["IpPermissions"] for ip in each["IpRanges"]}


def finding(group: str, **changes: Any) -> dict[str, Any]:
    violation = {"fromPort": 22, "toPort": 22, "cidrs": ["0.0.0.0/0"], "reason": "tcp 22 is open to 0.0.0.0/0"}
    return {
        "version": "1",
        "raisedByRule": RULE,
        "ruleParameters": {},
        "awsAccountId": ACCOUNT,
        "awsRegion": REGION,
        "targetResourceType": "AWS::EC2::SecurityGroup",
        "targetResourceId": group,
        "detectedAt": "2026-01-01T00:00:00Z",
        "violations": [{"violationType": "EC2_SG_PROHIBITED_PORT", "violationDetails": violation}],
        "requiredSteps": [{"service": "ec2", "action": "DeleteSecurityGroup", "parameters": {"GroupId": group}}],
        "notes": [],
        **changes,
    }


def order(account: Account, group: str, **changes: Any) -> dict[str, Any]:
    url = account.url(SETTINGS.remediation_queue)
    return {
        "sourceQueueUrl": url,
        "receiptHandle": "forged",
        "messageBody": finding(group),
        "alsoSatisfies": [],
    } | changes


def delivered(*bodies: str) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1"}
    return {
        "Records": [{"messageId": "m", "receiptHandle": "h", "body": body, "attributes": attributes} for body in bodies]
    }


def test_an_invented_rule_with_parameters_of_its_own_strips_no_group(account: Account) -> None:
    group = opened(account)
    forged = finding(
        group, raisedByRule="mine", ruleParameters={"prohibitedPorts": "0-65535", "internetIpv4Prefix": "32"}
    )
    account.send(SETTINGS.remediation_queue, json.dumps(forged))
    app.coordinator(TICK, None)
    app.remediate_security_group(delivered(json.dumps(order(account, group, messageBody=forged))), None)
    assert rules(account, group) == OPEN
    for queue, field in ((SETTINGS.remediation_queue, "message"), (WORK, "message.messageBody")):
        [dead] = account.messages(dead_letter(queue))
        reason = dead["MessageAttributes"]["reason"]["StringValue"]
        assert reason.startswith(f"{field}.raisedByRule: expected a rule that AWS Config has now in {ACCOUNT}")
        assert "got 'mine'" in reason
    assert [told["messageType"] for told in account.notifications()] == ["MessageRejected"] * 2


def test_parameters_of_its_own_do_not_widen_a_rule_that_exists(account: Account) -> None:
    put(RULE)
    group = opened(account)
    wide = finding(group, ruleParameters={"prohibitedPorts": "0-65535", "internetIpv4Prefix": "32"})
    account.send(SETTINGS.remediation_queue, json.dumps(wide))
    [outcome] = remediated(account, "remediate_security_group")
    assert (outcome["status"], rules(account, group)) == ("fixed", CLOSED)


def test_a_rule_that_was_deleted_since_changes_nothing(account: Account) -> None:
    group = opened(account)
    app.remediate_security_group(delivered(json.dumps(order(account, group))), None)
    assert rules(account, group) == OPEN
    [told] = account.notifications()
    assert told["messageType"] == "MessageRejected"
    assert "message.messageBody.raisedByRule" in told["reason"]


def test_a_rule_that_a_foreign_function_evaluates_changes_nothing(account: Account) -> None:
    put(RULE, json.dumps({"prohibitedPorts": "0-65535"}), "somebody-elses")
    group = opened(account)
    app.remediate_security_group(delivered(json.dumps(order(account, group))), None)
    assert rules(account, group) == OPEN


def test_ten_huge_messages_are_rejected_and_the_finding_among_them_is_fixed(account: Account) -> None:
    put(RULE)
    group = opened(account)
    for number in range(10):
        account.send(SETTINGS.remediation_queue, json.dumps(finding(f"sg-{number}", notes=["x" * 880_000])))
        if number == 5:
            account.send(SETTINGS.remediation_queue, json.dumps(finding(group)))
    app.coordinator(TICK, None)
    app.remediate_security_group(account.work("remediate_security_group"), None)
    assert rules(account, group) == CLOSED
    aside = account.messages(dead_letter(SETTINGS.remediation_queue))
    assert len(aside) == 10
    assert all(f"at most {FINDING_BYTES} bytes" in each["MessageAttributes"]["reason"]["StringValue"] for each in aside)


def test_a_group_of_a_thousand_entries_makes_a_message_that_is_taken(account: Account) -> None:
    many = [{"cidrIp": f"{a}.{b}.0.0/8"} for a in range(1, 126) for b in range(8)]
    permissions = [
        {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "ipv4Ranges": many, "ipRanges": []}
        for port in (22, 1433, 3306, 3389)
    ]
    item = {
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-1",
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
        "awsRegion": REGION,
        "awsAccountId": ACCOUNT,
        "configuration": {"groupId": "sg-1", "groupName": "web", "ipPermissions": permissions},
    }
    event = {
        "invokingEvent": json.dumps({"messageType": "ConfigurationItemChangeNotification", "configurationItem": item}),
        "ruleParameters": "{}",
        "resultToken": "TESTMODE",
        "eventLeftScope": False,
        "configRuleName": RULE,
        "accountId": ACCOUNT,
    }
    put(RULE)
    evaluate_security_group(event, None)
    app.coordinator(TICK, None)
    assert account.messages(dead_letter(SETTINGS.remediation_queue)) == []
    [work] = account.bodies(WORK)
    assert len(json.dumps(work["messageBody"])) <= FINDING_BYTES
    assert any("Cut to fit one message" in note for note in work["messageBody"]["notes"])


junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["9999-12-31T23:59:59Z", "0-65535", "999999999999", "us-east-1", "\ud800", "\x00", "[" * 200]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, each in below for path in paths(each, (*at, key)))]


def changed(value: Any, path: tuple[Any, ...], to: Any) -> Any:
    if not path:
        return to
    value[path[0]] = changed(value[path[0]], path[1:], to)
    return value


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_message_of_any_shape_changes_more_than_the_live_group_demands(
    clients: Account, data: st.DataObject
) -> None:
    with stage_of(clients) as account:
        put(RULE)
        group = opened(account)
        whole = order(account, group)
        for _ in range(data.draw(st.integers(0, 3))):
            whole = changed(copy.deepcopy(whole), data.draw(st.sampled_from(paths(whole))), data.draw(junk))
        inner = whole.get("messageBody") if isinstance(whole, dict) else whole
        sent = json.dumps(inner).replace("\\u0000", "\\u0001")
        account.send(SETTINGS.remediation_queue, sent)
        for act in (
            lambda: app.coordinator(TICK, None),
            lambda: app.remediate_security_group(delivered(json.dumps(whole)), None),
        ):
            with suppress(DdAwsError):
                act()
            assert rules(account, group) in (OPEN, CLOSED)
        assert account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]


def test_the_reason_is_short_and_can_be_seen_whatever_the_message_says(account: Account) -> None:
    account.send(SETTINGS.remediation_queue, json.dumps(finding("sg-1", raisedByRule="\u202e\x1b]52;c;eA==\x07" * 500)))
    app.coordinator(TICK, None)
    [dead] = account.messages(dead_letter(SETTINGS.remediation_queue))
    reason = dead["MessageAttributes"]["reason"]["StringValue"]
    assert reason.isprintable()
    assert len(reason) < 1000


@pytest.mark.parametrize("field", ["awsAccountId", "awsRegion", "detectedAt", "targetResourceId"])
def test_what_is_not_ours_is_told_once_with_its_field(field: str, account: Account) -> None:
    put(RULE)
    other = {"awsAccountId": "999999999999", "awsRegion": "us-east-1", "detectedAt": "9999-12-31T23:59:59Z"}
    other["targetResourceId"] = f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/shared"
    account.send(SETTINGS.remediation_queue, json.dumps(finding("sg-1", **{field: other[field]})))
    app.coordinator(TICK, None)
    app.coordinator(TICK, None)
    [told] = account.notifications()
    assert told["messageType"] == "MessageRejected"
    assert told["reason"].startswith(f"message.{field}: expected ")
    assert other[field] in told["reason"]


APPROVE = replace(SETTINGS, rule_modes=PerRule(Mode.APPROVE, {}))


@pytest.fixture
def asking(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A stage in which every rule needs approval."""
    account.create_tables()
    put(RULE)
    monkeypatch.setattr(app, "wiring", Wiring(APPROVE))
    return account


def told(account: Account, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    """A tick for messages, then the remediator; the notifications."""
    for body in bodies:
        account.send(SETTINGS.remediation_queue, json.dumps(body))
    return remediated(account, "remediate_security_group")


def holds(account: Account) -> dict[str, Hold]:
    return {hold.hold_id: hold for hold in Holds(account.dynamodb, SETTINGS.journal_table).waiting()}


def wide(group: str, *ports: int) -> list[dict[str, Any]]:
    return [
        {
            "violationType": "EC2_SG_PROHIBITED_PORT",
            "violationDetails": {"fromPort": port, "cidrs": ["::/0"], "reason": "x"},
        }
        for port in ports
    ]


def test_what_waits_is_what_the_resource_is_and_not_what_a_message_says(asking: Account) -> None:
    group = opened(asking)
    [held] = told(asking, finding(group, violations=wide(group, 1, 2, 3), notes=["forged"]))
    assert (held["messageType"], [each.partition(" (")[0] for each in held["violations"]]) == (
        "FindingHeld",
        ["tcp 22"],
    )
    assert held["notes"] == []
    assert told(asking, finding(group), finding(group, violations=wide(group, 4))) == []
    assert list(holds(asking)) == [held["holdId"]]


@pytest.mark.parametrize("state", [State.APPROVED, State.REJECTED])
def test_a_widened_or_a_repeated_message_leaves_a_decision_as_it_is(state: State, asking: Account) -> None:
    group = opened(asking)
    [held] = told(asking, finding(group))
    store, now = Holds(asking.dynamodb, SETTINGS.journal_table), datetime.now(UTC)
    store.change(held["holdId"], lambda known: known and known.decided(state, known.finding, "ann", "no", now), now)
    before = holds(asking)[held["holdId"]]
    later = finding(group, violations=[*finding(group)["violations"], *wide(group, 3389, 8080)])
    fixed = told(asking, later, later | {"ruleParameters": {"prohibitedPorts": "0-65535"}})
    if state is State.REJECTED:
        assert (fixed, rules(asking, group)) == ([], OPEN)
        assert replace(holds(asking)[held["holdId"]], seen_at=before.seen_at) == before
    else:
        assert rules(asking, group) == CLOSED


def test_a_violation_that_is_really_opened_waits_separately_while_the_approved_one_is_fixed(asking: Account) -> None:
    group = opened(asking)
    [held] = told(asking, finding(group))
    store, now = Holds(asking.dynamodb, SETTINGS.journal_table), datetime.now(UTC)
    asking.ec2.authorize_security_group_ingress(
        GroupId=group, IpProtocol="tcp", FromPort=3389, ToPort=3389, CidrIp="0.0.0.0/0"
    )
    store.change(
        held["holdId"], lambda known: known and known.decided(State.APPROVED, known.finding, "ann", "", now), now
    )
    news, outcome = sorted(told(asking, finding(group)), key=lambda each: str(each["messageType"]))
    assert (news["messageType"], news["holdId"]) == ("FindingHeld", f"{held['holdId']}-2")
    assert [each.partition(" (")[0] for each in news["violations"]] == ["tcp 3389"]
    assert outcome["status"] == "fixed"
    assert rules(asking, group) == CLOSED | {(3389, "0.0.0.0/0")}


def test_an_order_without_a_receive_count_is_carried_out_as_on_its_first_try(account: Account) -> None:
    put(RULE)
    group = opened(account)
    event = delivered(json.dumps(order(account, group)))
    del event["Records"][0]["attributes"]
    app.remediate_security_group(event, None)
    assert rules(account, group) == CLOSED
