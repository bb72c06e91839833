"""Certain violations of a bucket are reported, whatever cannot be read; the unknown never counts as compliant."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.errors import DdAwsError, NotDone
from chalicelib.settings import dead_letter
from chalicelib.wiring import HUB
from chalicelib.wiring.shared import Gateways
from tests.answers import answered, calls, refusal

from .buckets import BUCKET, make, state
from .conftest import SETTINGS, Account, stage_of
from .events import bucket_change, scheduled
from .pipeline import carried_out, dispatched, evaluate_s3_bucket, remediated
from .test_bucket_fixes import EVERYONE_READS, FLAGS, OPEN, OWNER, PARTNER

POLICY, ACL, BLOCK = ("s3", "GetBucketPolicy"), ("s3", "GetBucketAcl"), ("s3", "GetPublicAccessBlock")
ACCOUNT_BLOCK, OWNERSHIP = ("s3control", "GetPublicAccessBlock"), ("s3", "GetBucketOwnershipControls")
STATUS, TAGS = ("s3", "GetBucketPolicyStatus"), ("s3", "GetBucketTagging")
READS = (POLICY, ACL, BLOCK, ACCOUNT_BLOCK, OWNERSHIP, STATUS, TAGS)
PARTS = ("AccessControlList", "BucketPolicy", "PublicAccessBlockConfiguration")
NOTHING = ("missing", None, "", "{", "null", "[]", {})
"""The values of a part in an item that does not show it."""
ENFORCED = "BucketOwnerEnforced"


def bucket(
    *,
    policy: bool = False,
    acl: bool = False,
    blocks: bool = False,
    account: bool = False,
    ownership: str | None = None,
) -> dict[str, Any]:
    return {
        "policy": {"Version": "2012-10-17", "Statement": [PARTNER, OPEN] if policy else [PARTNER]},
        "acl_grants": [OWNER, EVERYONE_READS] if acl else [OWNER],
        "public_access_block": dict.fromkeys(FLAGS, True) if blocks else None,
        "account_public_access_block": dict.fromkeys(FLAGS, True) if account else None,
        "object_ownership": ownership,
    }


@contextmanager
def unreadable(*reads: tuple[str, str], code: str = "AccessDenied") -> Iterator[None]:
    with ExitStack() as stack:
        for service, operation in reads:
            stack.enter_context(answered(service, operation, lambda _: refusal(code)))
        yield


def judged(event: Mapping[str, Any]) -> tuple[list[dict[str, Any]], Exception | None]:
    """The evaluations reported to AWS Config, and the error; None if there is none."""
    failure = None
    with calls("config", account_id=HUB) as made:
        try:
            evaluate_s3_bucket(event, None)
        except (DdAwsError, ExceptionGroup) as error:
            failure = error
    return [each for name, put in made if name == "PutEvaluations" for each in put["Evaluations"]], failure


def change_of(account: Account, some: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
    """A change notification of a live bucket; `parts` replace those of its item."""
    event = bucket_change(BUCKET, some, {}, make(account, some))
    return without(event, **parts)


def without(event: Mapping[str, Any], **parts: Any) -> dict[str, Any]:
    invoking = json.loads(event["invokingEvent"])
    supplement = invoking["configurationItem"]["supplementaryConfiguration"]
    supplement.update(parts)
    for each in [name for name, value in supplement.items() if value == "missing"]:
        del supplement[each]
    return {**event, "invokingEvent": json.dumps(invoking)}


def findings(account: Account) -> list[dict[str, Any]]:
    return account.bodies(SETTINGS.remediation_queue)


def types(finding: Mapping[str, Any]) -> list[str]:
    return [each["violationType"] for each in finding["violations"]]


@pytest.mark.parametrize("refused", [*((each,) for each in READS if each is not ACCOUNT_BLOCK), (ACL, OWNERSHIP, TAGS)])
@pytest.mark.parametrize("acl", [False, True])
def test_a_public_policy_is_reported_whatever_else_is_denied(
    acl: bool, refused: Sequence[tuple[str, str]], account: Account
) -> None:
    event = change_of(account, bucket(policy=True, acl=acl))
    with unreadable(*refused):
        told, failure = judged(event)
    [evaluation] = told
    assert evaluation["ComplianceType"] == "NON_COMPLIANT"
    assert failure is None
    [finding] = findings(account)
    assert "S3_BUCKET_PUBLIC_POLICY" in types(finding)
    is_certain = BLOCK not in refused
    assert evaluation["Annotation"].startswith("policy statement" if is_certain else "presumed: policy statement")


def test_a_public_policy_is_reported_where_everything_is_denied(account: Account) -> None:
    event = change_of(account, bucket(policy=True, acl=True))
    with unreadable(*READS):
        told, failure = judged(event)
    assert [each["ComplianceType"] for each in told] == ["NON_COMPLIANT"]
    assert failure is None
    [finding] = findings(account)
    assert types(finding) == ["S3_BUCKET_PUBLIC_POLICY", "S3_BUCKET_PUBLIC_ACL"]
    assert all("presumed" in each["violationDetails"] for each in finding["violations"])


def test_what_is_certain_is_fixed_and_what_is_not_is_left_and_told(account: Account) -> None:
    evaluate_s3_bucket(change_of(account, bucket(policy=True, acl=True)), None)
    before = state(account)
    with unreadable(OWNERSHIP):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "partially_fixed"
    assert state(account) == ([PARTNER], before[1])
    presumed = "presumed: the ACL grants READ to AllUsers, and Object Ownership could not be read"
    assert outcome["left"] == [presumed]
    assert "GetBucketOwnershipControls" in outcome["reason"]
    assert "bucket policy" in outcome["nextStep"]


@pytest.mark.parametrize(
    ("some", "refused", "unread"),
    [
        (bucket(acl=True), OWNERSHIP, "the ACL grants READ to AllUsers, and Object Ownership"),
        (bucket(acl=True), ACCOUNT_BLOCK, "the ACL grants READ to AllUsers, and Block Public Access of the account"),
        (bucket(policy=True), ACCOUNT_BLOCK, "Principal admits everyone, and Block Public Access of the account"),
        (bucket(policy=True), BLOCK, "Principal admits everyone, and Block Public Access of the bucket"),
    ],
)
def test_what_only_an_unreadable_fact_could_make_compliant_is_presumed_not_to_be(
    some: dict[str, Any], refused: tuple[str, str], unread: str, account: Account
) -> None:
    event, before = change_of(account, some), state(account)
    with unreadable(refused):
        [evaluation], failure = judged(event)
        assert failure is None
        assert evaluation["ComplianceType"] == "NON_COMPLIANT"
        assert evaluation["Annotation"].startswith("presumed: ")
        assert evaluation["Annotation"].endswith(f"{unread} could not be read")
        order = dispatched(account, "remediate_s3_bucket")
        [finding] = [json.loads(record["body"])["messageBody"] for record in order["Records"]]
        [outcome] = carried_out(account, "remediate_s3_bucket", order)
    assert finding["requiredSteps"] == []
    assert [each["violationDetails"]["presumed"] for each in finding["violations"]] == [True]
    assert outcome["status"] == "failed"
    assert f"{unread} could not be read" in outcome["reason"]
    assert "Find what denies" in outcome["nextStep"]
    assert state(account) == before
    assert account.waiting(SETTINGS.remediation_queue) == 0
    assert account.waiting(dead_letter(SETTINGS.work_queue("remediate_s3_bucket"))) == 1


def test_a_policy_whose_status_is_denied_stays_and_the_acl_beside_it_is_closed(account: Account) -> None:
    evaluate_s3_bucket(change_of(account, bucket(policy=True, acl=True)), None)
    with unreadable(STATUS):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "partially_fixed"
    statements, grants = state(account)
    assert statements == [PARTNER, OPEN]
    assert [each["Permission"] for each in grants] == ["FULL_CONTROL"]
    assert "GetBucketPolicyStatus" in outcome["reason"]


def test_where_the_remediator_is_denied_everything_it_changes_nothing_and_says_so_once(account: Account) -> None:
    evaluate_s3_bucket(change_of(account, bucket(policy=True, acl=True)), None)
    before = state(account)
    with unreadable(*READS):
        [outcome] = remediated(account, "remediate_s3_bucket")
    assert outcome["status"] == "failed"
    assert state(account) == before
    assert account.waiting(SETTINGS.remediation_queue) == 0


@pytest.mark.parametrize("nothing", NOTHING, ids=repr)
@pytest.mark.parametrize("part", PARTS)
def test_an_item_that_shows_nothing_of_a_part_is_no_proof_and_the_bucket_is_read(
    part: str, nothing: Any, account: Account
) -> None:
    some = bucket(policy=part != "AccessControlList", acl=part == "AccessControlList", blocks=part == PARTS[2])
    [evaluation], failure = judged(change_of(account, some, **{part: nothing}))
    assert evaluation["ComplianceType"] == ("COMPLIANT" if some["public_access_block"] else "NON_COMPLIANT")
    assert failure is None


@pytest.mark.parametrize("supplement", [None, "", "{", {}, "null"], ids=repr)
def test_an_item_without_any_part_is_read_from_the_bucket(supplement: Any, account: Account) -> None:
    event = change_of(account, bucket(acl=True))
    invoking = json.loads(event["invokingEvent"])
    invoking["configurationItem"]["supplementaryConfiguration"] = supplement
    [evaluation], _ = judged({**event, "invokingEvent": json.dumps(invoking)})
    assert evaluation["ComplianceType"] == "NON_COMPLIANT"


@pytest.mark.parametrize(("part", "read"), [("AccessControlList", ACL), ("BucketPolicy", POLICY)])
def test_a_part_that_can_be_read_neither_from_the_item_nor_from_s3_is_presumed_public(
    part: str, read: tuple[str, str], account: Account
) -> None:
    event = change_of(account, bucket(), **{part: None})
    with unreadable(read):
        [evaluation], failure = judged(event)
    assert evaluation["ComplianceType"] == "NON_COMPLIANT"
    assert failure is None
    name = "the ACL" if read is ACL else "the bucket policy"
    assert evaluation["Annotation"] == f"presumed: {name} could not be read"


def test_a_setting_that_guards_a_part_that_cannot_be_read_is_enough(account: Account) -> None:
    event = change_of(account, bucket(acl=True, blocks=True), AccessControlList=None, BucketPolicy=None)
    with unreadable(ACL, POLICY, ACCOUNT_BLOCK, OWNERSHIP):
        [evaluation], failure = judged(event)
    assert (evaluation["ComplianceType"], failure) == ("COMPLIANT", None)


def test_an_item_without_parts_of_a_bucket_that_is_gone_is_not_applicable(account: Account) -> None:
    event = bucket_change("no-such-bucket", bucket(), {}, "owner")
    [evaluation], failure = judged(without(event, AccessControlList=None))
    assert (evaluation["ComplianceType"], failure) == ("NOT_APPLICABLE", None)


@pytest.mark.parametrize("read", [OWNERSHIP, ACCOUNT_BLOCK])
def test_a_fact_that_a_later_try_may_read_is_neither_presumed_nor_compliant(
    read: tuple[str, str], account: Account
) -> None:
    event = change_of(account, bucket(acl=True))
    with unreadable(read, code="SlowDown"):
        told, failure = judged(event)
    assert told == []
    assert isinstance(failure, NotDone)
    assert BUCKET in str(failure)
    assert findings(account) == []


def test_what_is_certain_is_reported_at_once_where_another_fact_may_yet_be_read(account: Account) -> None:
    event = change_of(account, bucket(policy=True, acl=True))
    with unreadable(OWNERSHIP, code="SlowDown"):
        [evaluation], failure = judged(event)
    assert evaluation["ComplianceType"] == "NON_COMPLIANT"
    assert isinstance(failure, NotDone)
    [finding] = findings(account)
    assert types(finding) == ["S3_BUCKET_PUBLIC_POLICY"]


def test_a_remediator_waits_for_a_fact_that_may_yet_be_read(account: Account) -> None:
    evaluate_s3_bucket(change_of(account, bucket(policy=True, acl=True)), None)
    before = state(account)
    with unreadable(OWNERSHIP, code="SlowDown"), pytest.raises(ExceptionGroup):
        remediated(account, "remediate_s3_bucket")
    assert state(account) == before
    assert account.notifications() == []


@contextmanager
def recorded(event: Mapping[str, Any], told: Sequence[Mapping[str, Any]] = ()) -> Iterator[None]:
    """AWS Config has a result for the item of a change notification."""
    item = json.loads(event["invokingEvent"])["configurationItem"]
    supplement = item["supplementaryConfiguration"].items()
    base = {
        **{key: item[key] for key in ("awsRegion", "resourceType", "resourceId", "configurationItemStatus")},
        "configurationItemCaptureTime": datetime(2026, 1, 1, tzinfo=UTC),
        "supplementaryConfiguration": {
            part: value if isinstance(value, str) else json.dumps(value) for part, value in supplement
        },
    }
    results = [
        {
            "EvaluationResultIdentifier": {"EvaluationResultQualifier": {"ResourceId": each["ComplianceResourceId"]}},
            "ComplianceType": each["ComplianceType"],
            "Annotation": each["Annotation"],
        }
        for each in told
    ]
    listed = {"resourceIdentifiers": [{"resourceType": item["resourceType"], "resourceId": item["resourceId"]}]}
    with (
        answered("config", "ListDiscoveredResources", lambda _: listed),
        answered("config", "BatchGetResourceConfig", lambda _: {"baseConfigurationItems": [base]}),
        answered("config", "GetComplianceDetailsByConfigRule", lambda _: {"EvaluationResults": results}, HUB),
        answered("config", "PutEvaluations", lambda _: {"FailedEvaluations": []}, HUB),
    ):
        yield


DAILY = {**scheduled({}), "resultToken": "a-token"}


def test_a_presumption_is_told_once_and_not_daily_until_something_changes(account: Account) -> None:
    event = change_of(account, bucket(acl=True))
    with unreadable(OWNERSHIP):
        with recorded(event):
            told, failure = judged(DAILY)
        assert isinstance(failure, NotDone)
        assert f"{BUCKET} is presumed non-compliant" in str(failure)
        assert len(findings(account)) == 1
        with recorded(event, told):
            assert judged(DAILY) == ([], None)
        assert findings(account) == []
    with unreadable(ACCOUNT_BLOCK), recorded(event, told):
        again, failure = judged(DAILY)
    assert [each["ComplianceType"] for each in again] == ["NON_COMPLIANT"]
    assert len(findings(account)) == 1


def test_what_is_certain_is_raised_again_daily(account: Account) -> None:
    event = change_of(account, bucket(policy=True, acl=True))
    with unreadable(OWNERSHIP):
        with recorded(event):
            told, _ = judged(DAILY)
        with recorded(event, told):
            assert judged(DAILY) == ([], None)
    assert [types(each) for each in findings(account)] == [["S3_BUCKET_PUBLIC_POLICY"]] * 2


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown"])
def test_tags_that_cannot_be_read_exempt_nothing_and_nothing_is_changed(
    code: str, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gateways, "allow_exempt_tag", True)
    event, before = change_of(account, bucket(policy=True)), state(account)
    with unreadable(TAGS, code=code):
        [evaluation], failure = judged(event)
        assert evaluation["ComplianceType"] == "NON_COMPLIANT"
        tags = "presumed: not exempt, since the resource's tags could not be read"
        assert evaluation["Annotation"].startswith(tags)
        if code == "SlowDown":
            assert isinstance(failure, NotDone)
            with pytest.raises(ExceptionGroup):
                remediated(account, "remediate_s3_bucket")
        else:
            assert failure is None
            [outcome] = remediated(account, "remediate_s3_bucket")
            assert outcome["status"] == "failed"
            assert "It may be exempt" in outcome["reason"]
    assert state(account) == before


DENIALS = ("AccessDenied", "AllAccessDisabled", "MethodNotAllowed", "SlowDown", "InternalError")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    policy=st.booleans(),
    acl=st.booleans(),
    blocks=st.booleans(),
    at_account=st.booleans(),
    ownership=st.sampled_from([None, "ObjectWriter", ENFORCED]),
    refused=st.dictionaries(st.sampled_from(READS), st.sampled_from(DENIALS)),
    lost=st.dictionaries(st.sampled_from(PARTS), st.sampled_from(["missing", None, "", "{"])),
)
def test_an_unreadable_fact_never_turns_a_public_bucket_compliant(
    clients: Account,
    policy: bool,
    acl: bool,
    blocks: bool,
    at_account: bool,
    ownership: str | None,
    refused: dict[tuple[str, str], str],
    lost: dict[str, Any],
) -> None:
    some = bucket(policy=policy, acl=acl, blocks=blocks, account=at_account, ownership=ownership)
    guarded = blocks or at_account
    is_public = not guarded and (policy or (acl and ownership != ENFORCED))
    with stage_of(clients) as account, ExitStack() as stack:
        event = change_of(account, some, **lost)
        before = state(account)
        for (service, operation), code in refused.items():
            stack.enter_context(answered(service, operation, lambda _, code=code: refusal(code)))
        told, failure = judged(event)
        verdicts = [each["ComplianceType"] for each in told]
        assert verdicts or failure
        if is_public:
            assert "COMPLIANT" not in verdicts
        elif not refused:
            assert verdicts == ["COMPLIANT"]
        if policy and not guarded and not {*lost} and not {BLOCK, ACCOUNT_BLOCK} & {*refused} and some["policy"]:
            assert verdicts == ["NON_COMPLIANT"]
            assert any("S3_BUCKET_PUBLIC_POLICY" in types(each) for each in findings(account))
        elif not is_public and "NON_COMPLIANT" in verdicts:
            remediate_all(account)
            assert state_without(refused, account) in (before, None)


def remediate_all(account: Account) -> None:
    """A wrong presumption changes nothing."""
    try:
        remediated(account, "remediate_s3_bucket")
    except ExceptionGroup:
        return


def state_without(refused: Mapping[tuple[str, str], str], account: Account) -> tuple[list[Any], list[Any]] | None:
    """The bucket's state, read with the test's own permissions."""
    return None if {POLICY, ACL} & {*refused} else state(account)
