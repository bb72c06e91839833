"""Chapter six: fixes are undone, exemptions end, and a tool opens its rule again after each fix."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.exemptions.exemptions import Exemption
from chalicelib.exemptions.scopes import GrantScope
from chalicelib.exemptions.store import Exemptions
from chalicelib.findings import AwsCall, Finding, Violation
from chalicelib.resources import S3_BUCKET
from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.demo.leaks import Leak
from sandbox.demo.planting import partner_read, put_policy
from sandbox.demo.probes import evaluation
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.project import STAGE
from tests.e2e.account import REMEDIATION, send, telling, texts
from tests.e2e.chapter_decisions import TRUST_TABLE
from tests.e2e.fighting import Fight, fight, group_to_fight_about
from tests.e2e.undoing import Undone, operators, undo, undo_all
from tests.e2e.waiting import eventually


@dataclass(frozen=True)
class Regrets:
    """The chapter's records.

    Attributes
    ----------
    undone : list of Undone
        Fixes that were taken back.
    drifted : list of Undone
        Fixes of what somebody has changed since.
    ended : list of Leak
        What was exempt until now.
    results, facts : dict
        AWS Config's verdict as it tells it, and what can be read, of what was undone or exempt and of the group that
        was flapping, by resource id, once AWS Config has evaluated everything again.
    """

    undone: list[Undone]
    drifted: list[Undone]
    ended: list[Leak]
    fight: Fight
    results: dict[str, Mapping[str, Any]]
    facts: dict[str, dict[str, str]]
    told: list[str]


def play(
    box: Sandbox, deployment: Deployment, fixed: Sequence[Leak], overwritten: Leak, exempt: Sequence[Leak]
) -> Regrets:
    """Undo what was `fixed` while a tool opens a group again and again; let what is `exempt` end."""
    operator, group = operators(box, deployment), group_to_fight_about(box)
    for leak in fixed:
        if leak.change == "s3:PutBucketAcl":
            _exempt_until_tomorrow(box, leak)
    with ThreadPoolExecutor(1) as pool:
        fighting = pool.submit(fight, box, group)
        undone = undo_all(deployment, operator, fixed)
        put_policy(box, overwritten.resource_id, partner_read(overwritten.resource_id))
        drifted = [undo(deployment, operator, overwritten)]
        fought = fighting.result()
    _end_exemptions(box, exempt)
    deployment.run("resume", "--resource", group.resource_id)
    _judge_everything(box, [each.leak for each in undone])
    for leak in exempt:
        eventually(f"{leak.resource_id} fixed", partial(_is_fixed, box, leak, 1), 180)
        eventually(f"{leak.resource_id} not exempt", partial(_told, box, "Exemption ended", leak))
        if leak.resource_type == S3_BUCKET:
            _find_again(box, leak)
    seen = [*(each.leak for each in undone), *exempt, group]
    results = {leak.resource_id: evaluation(box, leak.resource_type, leak.resource_id) or {} for leak in seen}
    facts = {leak.resource_id: leak.read() for leak in seen}
    return Regrets(undone, drifted, list(exempt), fought, results, facts, texts(box))


def _find_again(box: Sandbox, leak: Leak) -> None:
    """Send what a second evaluation had found of a bucket that is fixed by now, and wait until its outcome is told."""
    call = AwsCall("s3", leak.change.partition(":")[2], {"Bucket": leak.resource_id, "ExpectedBucketOwner": ACCOUNT_ID})
    public = Violation("S3_BUCKET_PUBLIC_POLICY", {"reason": "the policy is public"})
    at = datetime.now(UTC).isoformat(timespec="seconds")
    rule = f"dd-aws-{STAGE}-s3-bucket-public-access"
    found = Finding(rule, ACCOUNT_ID, REGION, S3_BUCKET, leak.resource_id, at, (public,), (call,))
    before = len(_told(box, "Nothing to fix", leak))
    send(box, REMEDIATION, found.to_json())
    eventually(f"{leak.resource_id} told", lambda: len(_told(box, "Nothing to fix", leak)) > before)


def _told(box: Sandbox, kind: str, leak: Leak) -> list[str]:
    return telling(texts(box), kind, leak.resource_id)


def _is_fixed(box: Sandbox, leak: Leak, times: int) -> bool:
    result = evaluation(box, leak.resource_type, leak.resource_id)
    is_compliant = result is not None and result["ComplianceType"] == "COMPLIANT"
    return is_compliant and len(_told(box, "Fixed", leak)) >= times


def _exempt_until_tomorrow(box: Sandbox, leak: Leak) -> None:
    """Somebody has exempted the bucket's grant for less long than the undo will: it has to be extended."""
    now, resource = datetime.now(UTC), f"{ACCOUNT_ID}/{REGION}/{leak.resource_type}/{leak.resource_id}"
    scope = GrantScope("AllUsers", "READ")
    made = Exemption(resource, "S3_BUCKET_PUBLIC_ACL", scope, "carol", "OPS-8", now, now + timedelta(days=1))
    Exemptions(box.client("dynamodb"), TRUST_TABLE).put(made)


def _end_exemptions(box: Sandbox, leaks: Sequence[Leak]) -> None:
    """Move the end of the exemptions from tomorrow to a second ago."""
    store = Exemptions(box.client("dynamodb"), TRUST_TABLE)
    ids = {leak.resource_id for leak in leaks}
    for due in store.due():
        if due.exemption.resource.rpartition("/")[2] in ids:
            store.put(replace(due.exemption, until=datetime.now(UTC) - timedelta(seconds=1)))


def _judge_everything(box: Sandbox, leaks: Sequence[Leak]) -> None:
    """Have our rules evaluate everything, as they do daily, and wait until they have evaluated `leaks`."""
    asked = datetime.now(UTC)
    config = box.client("config")
    rules = config.describe_config_rules()["ConfigRules"]
    ours = [rule["ConfigRuleName"] for rule in rules if rule["Source"]["Owner"] == "CUSTOM_LAMBDA"]
    eventually("AWS Config willing to judge", lambda: _is_started(config, ours))
    for leak in leaks:
        eventually(f"{leak.resource_id} evaluated again", partial(_is_judged, box, leak, asked))


def _is_started(config: Any, rules: Sequence[str]) -> bool:
    """Whether AWS Config accepts it. It evaluates on demand once a minute, and `exempt add` starts evaluations, too."""
    try:
        config.start_config_rules_evaluation(ConfigRuleNames=rules)
    except config.exceptions.LimitExceededException:
        return False
    return True


def _is_judged(box: Sandbox, leak: Leak, since: datetime) -> bool:
    result = evaluation(box, leak.resource_type, leak.resource_id)
    return result is not None and result["ConfigRuleInvokedTime"] > since
