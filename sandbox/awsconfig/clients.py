"""The other services, through boto3 clients."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from sandbox.awsconfig.eventbridge import deliver
from sandbox.awsconfig.notifications import as_text
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.state import Outside


def outside(clients: Mapping[str, Any]) -> Outside:
    """What AWS Config calls, made of the clients ``lambda``, ``sns``, ``s3`` and ``events``."""
    functions, topics = clients["lambda"], clients["sns"]

    def invoke(function_arn: str, event: Json) -> None:
        functions.invoke(FunctionName=function_arn, InvocationType="Event", Payload=json.dumps(event).encode())

    def publish(topic_arn: str, subject: str, message: Json, attributes: Mapping[str, str]) -> None:
        topics.publish(
            TopicArn=topic_arn,
            Subject=subject,
            Message=as_text(message),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )

    def put_object(bucket: str, key: str, body: bytes) -> None:
        clients["s3"].put_object(Bucket=bucket, Key=key, Body=body)

    def function_policy(function_arn: str) -> Json | None:
        try:
            policy: Json = json.loads(functions.get_policy(FunctionName=function_arn)["Policy"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return None
        return policy

    return Outside(
        invoke=invoke,
        publish=publish,
        deliver_event=lambda event: deliver(event, clients["events"], functions, topics),
        put_object=put_object,
        function_policy=function_policy,
    )
