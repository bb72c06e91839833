"""EC2: the live security groups."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.gateways.clients import code
from chalicelib.gateways.security_group_shapes import security_group
from chalicelib.resources import Fact, SecurityGroup

_GONE = frozenset({"InvalidGroup.NotFound", "InvalidGroupId.Malformed"})


class SecurityGroups:
    """Reads security groups of one account and region as they are now.

    Parameters
    ----------
    client
        boto3's EC2 client.
    """

    def __init__(self, client: Any, account_id: str, region: str) -> None:
        self._client = client
        self._account_id = account_id
        self._region = region

    def get(self, group_id: str) -> SecurityGroup | None:
        """The group, None where there is none."""
        try:
            groups = self._client.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
        except ClientError as error:
            if code(error) in _GONE:
                return None
            raise
        return self._model(groups[0]) if groups else None

    def with_facts(self, group: SecurityGroup, _facts: frozenset[Fact]) -> SecurityGroup:
        """The group, which lacks nothing."""
        return group

    def all(self) -> Iterator[SecurityGroup]:
        """Every group, a thousand a call."""
        pages = self._client.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 1000})
        for page in pages:
            yield from (self._model(group) for group in page["SecurityGroups"])

    def _model(self, raw: dict[str, Any]) -> SecurityGroup:
        return security_group(raw, self._account_id, self._region, "SecurityGroup")
