"""Deploying with other settings, in the midst of the story."""

from datetime import UTC, datetime, timedelta

from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.project import change_stage_environment
from tests.e2e.account import RATE_TABLE
from tests.e2e.waiting import eventually


def redeploy(box: Sandbox, deployment: Deployment, **settings: str) -> None:
    """Deploy with these settings, once Slack was told all there is to tell.

    In the sandbox a deployment ends the functions that run, and SNS calls a function once: a digest would be lost with
    the notifier that waits for its minute's end.
    """
    eventually("every digest posted", lambda: not _has_digest_to_post(box), 150)
    change_stage_environment(deployment.project, settings)
    deployment.run("deploy")


def _has_digest_to_post(box: Sandbox) -> bool:
    """Whether the digest of this minute, or of the one before, is claimed and not posted."""
    since = datetime.now(UTC) - timedelta(minutes=1)
    claims = box.client("dynamodb").query(
        TableName=RATE_TABLE,
        KeyConditionExpression="#minute = :digests AND #entry >= :since",
        ExpressionAttributeNames={"#minute": "minute", "#entry": "entry"},
        ExpressionAttributeValues={":digests": {"S": "digests"}, ":since": {"S": f"{since:%Y-%m-%dT%H:%M}"}},
    )["Items"]
    return any("postedAt" not in claim for claim in claims)
