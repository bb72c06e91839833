"""EC2: the live security groups."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import aws_errors, code
from chalicelib.aws.service_quotas import ServiceQuotas
from chalicelib.aws.shapes import each
from chalicelib.errors import AwsRefused, Failure, NotDone
from chalicelib.resources import Fact, PrefixList, RulesQuota, SecurityGroup, TaggedRule, Unread
from chalicelib.rules.security_group.prefix_lists import PrefixLists
from chalicelib.rules.security_group.shapes import security_group, tagged_rule

_GONE = frozenset({"InvalidGroup.NotFound", "InvalidGroupId.Malformed"})


@aws_errors
class SecurityGroups:
    """Reads the live security groups of one account and region.

    Parameters
    ----------
    client
        boto3's EC2 client.
    quotas : callable
        Makes the gateway to Service Quotas, which is rarely needed.
    """

    def __init__(self, client: Any, quotas: Callable[[], ServiceQuotas], account_id: str, region: str) -> None:
        self._client = client
        self._quotas = quotas
        self._prefix_lists = PrefixLists(client)
        self._account_id = account_id
        self._region = region

    def get(self, group_id: str) -> SecurityGroup | None:
        """The group; None if the account has no group with that ID."""
        try:
            groups = self._client.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
        except ClientError as error:
            if code(error) in _GONE:
                return None
            raise
        return self._model(groups[0]) if groups else None

    def with_facts(self, group: SecurityGroup, facts: frozenset[Fact]) -> SecurityGroup:
        """The group with the current values of `facts`."""
        known: dict[str, Any] = {}
        if Fact.PREFIX_LISTS in facts:
            known["prefix_lists"] = lists_of(group, self._prefix_lists.get)
        if Fact.RULE_TAGS in facts:
            known["rule_tags"] = tuple(self._rule_tags(group.group_id))
        if Fact.RULES_QUOTA in facts:
            sizes = self._prefix_lists.sizes(group.prefix_list_ids)
            known["rules_quota"] = RulesQuota(self._quotas().inbound_rules(), sizes)
        return replace(group, **known)

    def all(self) -> Iterator[SecurityGroup | Failure]:
        """Every group, a thousand per call; a Failure for each group that cannot be read."""
        pages = self._client.get_paginator("describe_security_groups").paginate(PaginationConfig={"PageSize": 1000})
        for page in pages:
            yield from (group for group in each(page["SecurityGroups"], "GroupId", self._model) if group)

    def _rule_tags(self, group_id: str) -> Iterator[TaggedRule]:
        pages = self._client.get_paginator("describe_security_group_rules").paginate(
            Filters=[{"Name": "group-id", "Values": [group_id]}], PaginationConfig={"PageSize": 1000}
        )
        for page in pages:
            yield from (tagged_rule(rule) for rule in page["SecurityGroupRules"] if not rule["IsEgress"])

    def _model(self, raw: dict[str, Any]) -> SecurityGroup | None:
        """None if another account owns the group and shares it with its VPC: this account cannot change it."""
        if raw.get("OwnerId", self._account_id) != self._account_id:
            return None
        return security_group(raw, self._account_id, self._region, "SecurityGroup")


def lists_of(group: SecurityGroup, read: Callable[[str], PrefixList]) -> tuple[PrefixList, ...]:
    """The prefix lists that the group refers to. A list that cannot be read has the reason, and hides no other list."""
    return tuple(_list(name, read) for name in group.prefix_list_ids)


def _list(prefix_list_id: str, read: Callable[[str], PrefixList]) -> PrefixList:
    try:
        return read(prefix_list_id)
    except AwsRefused as error:
        return PrefixList(prefix_list_id, None, Unread(Fact.PREFIX_LISTS, error.reason, error.next_step))
    except NotDone as error:
        return PrefixList(prefix_list_id, None, Unread(Fact.PREFIX_LISTS, str(error)))
