"""Records every decision of ministack's IAM, and corrects the action names to those of AWS."""

import importlib
from pathlib import Path
from typing import Any

from sandbox import calls

AUTHORIZED_AS = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
}
"""Operations that have no action of their own on AWS, while ministack asks for one.
Source: Service Authorization Reference, Amazon SQS and Amazon SNS."""


def record(file: Path) -> None:
    """Put a recorder around ministack's one place of enforcement. To be called before ``ministack.app`` is imported."""
    evaluator: Any = importlib.import_module("ministack.core.iam_evaluator")
    decide = evaluator.enforce

    def enforce(
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        action = AUTHORIZED_AS.get(iam_action, iam_action)
        refusal = decide(access_key_id, action, service, region, resource_arn, service_context)
        caller = caller_of(access_key_id)
        if caller and not caller.endswith(":root"):
            calls.append(file, caller, action, resource_arn, allowed=refusal is None)
        return refusal

    evaluator.enforce = enforce


def caller_of(access_key_id: str) -> str | None:
    """The ARN of the user, role session or root that an access key belongs to; None for an unknown key."""
    evaluator = importlib.import_module("ministack.core.iam_evaluator")
    identity = evaluator.resolve_caller_identity(access_key_id)
    return identity["userArn"] if identity else None
