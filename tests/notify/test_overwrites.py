"""Messages about a change that a fix overwrote."""

import json

from chalicelib.notify import ChangeOverwritten, to_json
from chalicelib.slack.messages import Kind, compose
from tests.notify.block_kit import complaints
from tests.notify.samples import STAGE, TOPIC_ARN
from tests.notify.test_messages import shown

LOST = ChangeOverwritten(
    remediation_id="r-3f2a91c07b00",
    raised_by_rule="dd-aws-dev-s3-bucket-public-access",
    aws_account_id="123456789012",
    aws_region="eu-west-1",
    target_resource_type="AWS::S3::Bucket",
    target_resource_id="acme-reports",
    detected_at="2026-11-05T03:12:07+00:00",
    who="arn:aws:iam::123456789012:user/ann",
    described="IAM user ann",
    source="203.0.113.42",
    user_agent="aws-cli/2.31",
    event_name="PutBucketPolicy",
    event_id="7c1f0f4a",
    event_time="2026-11-05T03:12:20+00:00",
    content=('{"Sid":"Theirs"}',),
    our_action="PutBucketPolicy",
    our_time="2026-11-05T03:12:21+00:00",
    certainty="It is not in force.",
    next_step="Make the call PutBucketPolicy again.",
)


def test_it_says_who_had_put_what_when_it_was_overwritten_and_what_to_do() -> None:
    message = compose(json.loads(to_json(LOST)), TOPIC_ARN, STAGE)
    assert message
    assert complaints(message.text, message.blocks) == []
    assert message.kind is Kind.OVERWRITTEN
    text = shown(message.blocks)
    for fact in ("user/ann", "203.0.113.42", "Theirs", "2026-11-05 03:12:21 UTC", "not in force", "again"):
        assert fact in text
    assert "PutBucketPolicy" in message.text
