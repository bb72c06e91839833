"""Whatever a resource's name and content, Slack accepts the message, and the message is harmless."""

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.notify import Outcome, Rejection, Status, to_json
from chalicelib.slack.messages import Kind, SlackMessage, compose, digest
from tests.notify.block_kit import complaints
from tests.notify.samples import STAGE, TOPIC_ARN, body, compliance_change, outcome

HOSTILE = "</a> <!channel> @here ``` `x` & *bold* <https://evil.example|click>\n\u202e\x00\ud800"

tried = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
bits = st.text(max_size=12) | st.text(alphabet="<>&`@\n!|*", max_size=12) | st.just(HOSTILE)
texts = st.builds(str.__mul__, bits, st.sampled_from([1, 40, 300]))
values = texts | st.none() | st.integers() | st.lists(bits, max_size=2) | st.dictionaries(bits, bits, max_size=2)


def harmless(message: SlackMessage | None) -> bool:
    assert message is not None
    assert complaints(message.text, message.blocks) == []
    return True


def test_a_hostile_resource_can_neither_mention_nor_link_nor_leave_its_code() -> None:
    named = compliance_change("NON_COMPLIANT", None, resourceId=HOSTILE, configRuleName=HOSTILE, resourceType=HOSTILE)
    assert harmless(compose(named, TOPIC_ARN, STAGE))


@tried
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(compliance_change("X", None), values)))
def test_any_compliance_change_gives_blocks_that_slack_takes(odd: dict[str, Any]) -> None:
    odd |= {"messageType": "ComplianceChangeNotification"}
    odd |= {"newEvaluationResult": {"complianceType": "NON_COMPLIANT", "annotation": odd.get("newEvaluationResult")}}
    odd |= {"oldEvaluationResult": {"complianceType": odd.get("oldEvaluationResult")}}
    assert harmless(compose(compliance_change("NON_COMPLIANT", None) | odd, TOPIC_ARN, STAGE))


@tried
@given(st.fixed_dictionaries(dict.fromkeys(body("alarm_goes_off"), values)))
def test_any_alarm_gives_blocks_that_slack_takes(odd: dict[str, Any]) -> None:
    assert harmless(compose(odd | {"NewStateValue": "ALARM"}, TOPIC_ARN, STAGE))


@tried
@given(
    st.sampled_from(Status),
    st.fixed_dictionaries({key: texts for key, kind in Outcome.__annotations__.items() if kind is str}),
    st.fixed_dictionaries(dict.fromkeys(("violations", "removed", "added"), st.lists(texts, max_size=40))),
)
def test_any_outcome_gives_blocks_that_slack_takes(status: Status, said: dict[str, Any], lines: dict[str, Any]) -> None:
    report = outcome(status, **said, **{key: tuple(value) for key, value in lines.items()})
    assert harmless(compose(json.loads(to_json(report)), TOPIC_ARN, STAGE))


@tried
@given(texts, texts, texts, texts)
def test_any_rejection_gives_blocks_that_slack_takes(queue: str, reason: str, excerpt: str, topic_arn: str) -> None:
    assert harmless(compose(json.loads(to_json(Rejection(queue, reason, excerpt))), topic_arn, STAGE))


@tried
@given(st.lists(st.tuples(st.sampled_from(sorted(Kind.__members__)), texts), min_size=1, max_size=30))
def test_any_digest_gives_blocks_that_slack_takes(told: list[tuple[str, str]]) -> None:
    kept = []
    for kind, name in told:
        message = compose(compliance_change("NON_COMPLIANT", None, resourceId=name), TOPIC_ARN, STAGE)
        assert message is not None
        kept.append((kind, message.summary.source))
    assert complaints(*digest(datetime(2026, 11, 5, 3, 12, tzinfo=UTC), 20, kept)) == []
