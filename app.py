"""The seven Lambda functions: those in the diagram in README.md, and the investigator. Each runs its flow."""

import logging
from typing import Any

from chalice.app import Chalice, CloudWatchEvent, Rate, SNSEvent, SQSEvent

from chalicelib import chalice_cli
from chalicelib.investigation.investigate import investigate
from chalicelib.logs import make_safe
from chalicelib.pipeline.coordinate import coordinate
from chalicelib.pipeline.evaluate import evaluate
from chalicelib.pipeline.remediate import remediate
from chalicelib.rules import S3_BUCKET_RULE, SECURITY_GROUP_RULE
from chalicelib.settings import APP, Settings
from chalicelib.slack.notify import notify
from chalicelib.wiring import Wiring

make_safe()
logging.getLogger("chalicelib").setLevel(logging.INFO)

app = Chalice(app_name=APP)
settings = Settings.from_environment()
chalice_cli.prepare(app, settings.remediation_queue, settings.stage)
wiring = Wiring(settings)


def notifier(event: SNSEvent | dict[str, Any], context: object = None) -> None:
    """Invoked by SNS, and by EventBridge with compliance changes: Chalice's SNSEvent cannot read the latter."""
    notify(event if isinstance(event, dict) else event.to_dict(), wiring.notifier)


app.on_sns_message(topic=settings.topic, name="notifier")(notifier)


@app.lambda_function(name="evaluate_security_group")
def evaluate_security_group(event: dict[str, Any], context: object) -> None:
    evaluate(event, SECURITY_GROUP_RULE, wiring.evaluator, context)


@app.lambda_function(name="evaluate_s3_bucket")
def evaluate_s3_bucket(event: dict[str, Any], context: object) -> None:
    evaluate(event, S3_BUCKET_RULE, wiring.evaluator, context)


if settings.enable_auto_response:

    @app.schedule(Rate(1, unit=Rate.MINUTES), name="coordinator")
    def coordinator(event: CloudWatchEvent) -> None:
        coordinate(settings.coordinator_poll_seconds, wiring.coordinator)

else:

    @app.lambda_function(name="coordinator")
    def coordinator(event: dict[str, Any] | None, context: object) -> None:
        """Run one tick when invoked manually. Events of a leftover schedule are ignored."""
        if not event or event.get("source") != "aws.events":
            coordinate(0, wiring.coordinator)


@app.on_sqs_message(
    queue=settings.work_queue(SECURITY_GROUP_RULE.remediator),
    batch_size=1,
    maximum_concurrency=2,
    name="remediate_security_group",
)
def remediate_security_group(event: SQSEvent) -> None:
    remediate(event.to_dict(), SECURITY_GROUP_RULE, wiring.remediator(SECURITY_GROUP_RULE.remediator))


@app.on_sqs_message(
    queue=settings.work_queue(S3_BUCKET_RULE.remediator),
    batch_size=1,
    maximum_concurrency=2,
    name="remediate_s3_bucket",
)
def remediate_s3_bucket(event: SQSEvent) -> None:
    remediate(event.to_dict(), S3_BUCKET_RULE, wiring.remediator(S3_BUCKET_RULE.remediator))


@app.on_sqs_message(
    queue=settings.investigation_queue,
    batch_size=1,
    maximum_concurrency=2,
    name="investigator",
)
def investigator(event: SQSEvent) -> None:
    investigate(event.to_dict(), wiring.investigator)
