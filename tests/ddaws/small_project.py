"""The project that the tests deploy."""

from typing import Any


def _stage(name: str, auto_response: str) -> dict[str, Any]:
    return {"environment_variables": {"STAGE": name, "ENABLE_AUTO_RESPONSE": auto_response}}


CONFIG: dict[str, Any] = {
    "version": "2.0",
    "app_name": "dd-aws",
    "autogen_policy": False,
    "iam_policy_file": "policy.json",
    "lambda_timeout": 90,
    "lambda_memory_size": 256,
    "lambda_architecture": "arm64",
    "stages": {"dev": _stage("dev", "false"), "dev-2": _stage("dev-2", "true")},
}


APP = """
import os

from chalice import Chalice, Rate

app = Chalice(app_name="dd-aws")
stage = os.environ["STAGE"]

@app.on_sns_message(topic=f"dd-aws-{stage}-notifications")
def notifier(event): ...

if os.environ["ENABLE_AUTO_RESPONSE"] == "true":
    @app.schedule(Rate(1, unit=Rate.MINUTES))
    def coordinator(event): ...
else:
    @app.lambda_function()
    def coordinator(event, context): ...

@app.on_sqs_message(queue=f"dd-aws-{stage}-remediate-s3-bucket", batch_size=1, maximum_concurrency=2)
def remediate_s3_bucket(event): ...
"""
"""An app with one function of each kind."""

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}
"""The policy of every role."""
