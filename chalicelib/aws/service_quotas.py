"""Service Quotas: the account's limits."""

from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import aws_errors, code

_RULES_PER_GROUP = {"ServiceCode": "vpc", "QuotaCode": "L-0EA8095F"}


@aws_errors
class ServiceQuotas:
    """Reads the current quotas of one account and region.

    Parameters
    ----------
    client
        boto3's client of Service Quotas.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def inbound_rules(self) -> int:
        """How many inbound rules a security group may have, for each address family."""
        try:
            answer = self._client.get_service_quota(**_RULES_PER_GROUP)
        except ClientError as error:
            if code(error) != "NoSuchResourceException":
                raise
            answer = self._client.get_aws_default_service_quota(**_RULES_PER_GROUP)
        return int(answer["Quota"]["Value"])
