"""Live security groups, and their processing by the functions."""

import json
from datetime import datetime
from typing import Any

from tests.handlers.cases import Entry, entries
from tests.handlers.conftest import Account
from tests.handlers.events import group_change
from tests.handlers.pipeline import carried_out, dispatched, evaluate_security_group

ANYWHERE, ANYWHERE_IPV6 = "0.0.0.0/0", "::/0"
OFFICE = "203.0.113.0/24"
REMEDIATOR = "remediate_security_group"

Permission = dict[str, Any]


def allow(protocol: str, ports: int | tuple[int, int] | None, *sources: str) -> Permission:
    """An IpPermission: one port or a range, or ICMP's type and code; CIDRs, groups and prefix lists by their form."""
    first, last = ports if isinstance(ports, tuple) else (ports, ports)
    permission: Permission = {"IpProtocol": protocol}
    if ports is not None:
        permission |= {"FromPort": first, "ToPort": last}
    for source in sources:
        several, key = _kind(source)
        permission.setdefault(several, []).append({key: source})
    return permission


def _kind(source: str) -> tuple[str, str]:
    if source.startswith("sg-"):
        return "UserIdGroupPairs", "GroupId"
    if source.startswith("pl-"):
        return "PrefixListIds", "PrefixListId"
    return ("Ipv6Ranges", "CidrIpv6") if ":" in source else ("IpRanges", "CidrIp")


def doors(*permissions: Permission) -> set[Entry]:
    """Permissions, one source at a time."""
    return entries(permissions)


class LiveGroup:
    """A security group of the account, by default in the default VPC."""

    def __init__(self, account: Account, *permissions: Permission, vpc_id: str = "", name: str = "web") -> None:
        self._account = account
        where = {"VpcId": vpc_id} if vpc_id else {}
        made = account.ec2.create_security_group(GroupName=name, Description="a test", **where)
        self.group_id: str = made["GroupId"]
        self.admit(*permissions)

    def admit(self, *permissions: Permission) -> None:
        for permission in permissions:
            self._account.ec2.authorize_security_group_ingress(GroupId=self.group_id, IpPermissions=[permission])

    def shut(self, permission: Permission) -> None:
        self._account.ec2.revoke_security_group_ingress(GroupId=self.group_id, IpPermissions=[permission])

    @property
    def doors(self) -> set[Entry]:
        return doors(*self._described()["IpPermissions"])

    def item(self) -> dict[str, Any]:
        """The group's item as AWS Config's API returns it."""
        event = json.loads(group_change(self._described(), {})["invokingEvent"])["configurationItem"]
        captured = datetime.fromisoformat(event.pop("configurationItemCaptureTime"))
        account_id, configuration = event.pop("awsAccountId"), json.dumps(event.pop("configuration"))
        return {
            **event,
            "accountId": account_id,
            "configuration": configuration,
            "configurationItemCaptureTime": captured,
        }

    def evaluate(self, **parameters: str) -> None:
        """AWS Config's event about the current group."""
        evaluate_security_group(group_change(self._described(), parameters), None)

    def dispatch(self, **parameters: str) -> dict[str, Any]:
        """From AWS Config's event to the remediator's."""
        self.evaluate(**parameters)
        return dispatched(self._account, REMEDIATOR)

    def heal(self, **parameters: str) -> list[str]:
        """From AWS Config's event to the outcome's status; no outcome if there is nothing to fix."""
        outcomes = carried_out(self._account, REMEDIATOR, self.dispatch(**parameters))
        return [outcome["status"] for outcome in outcomes]

    def _described(self) -> dict[str, Any]:
        [group] = self._account.ec2.describe_security_groups(GroupIds=[self.group_id])["SecurityGroups"]
        return dict(group)
