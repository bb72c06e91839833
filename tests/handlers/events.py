"""AWS Config's events about live resources of a moto account, in AWS Config's format."""

import json
from collections.abc import Mapping
from typing import Any

from .conftest import ACCOUNT, REGION

TICK = {
    "version": "0",
    "account": "123456789012",
    "region": "eu-west-1",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "time": "2026-01-01T00:00:00Z",
    "id": "1",
    "resources": [],
}
"""The schedule's event for the coordinator."""


def change(resource_type: str, resource_id: str, parameters: Mapping[str, str], **configuration: Any) -> dict[str, Any]:
    """A change notification."""
    item = {
        "resourceType": resource_type,
        "resourceId": resource_id,
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-01-01T00:00:00.000Z",
        "awsRegion": REGION,
        "awsAccountId": ACCOUNT,
        **configuration,
    }
    return {
        "version": "1.0",
        "invokingEvent": json.dumps({"messageType": "ConfigurationItemChangeNotification", "configurationItem": item}),
        "ruleParameters": json.dumps(dict(parameters)),
        "resultToken": "TESTMODE",
        "eventLeftScope": False,
        "configRuleName": "a-rule",
        "configRuleArn": f"arn:aws:config:{REGION}:{ACCOUNT}:config-rule/config-rule-1",
        "accountId": ACCOUNT,
    }


def oversized(resource_type: str, resource_id: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """A change notification about an oversized item."""
    event = change(resource_type, resource_id, parameters)
    summary = json.loads(event["invokingEvent"])["configurationItem"]
    invoking = {
        "messageType": "OversizedConfigurationItemChangeNotification",
        "configurationItemSummary": summary,
        "s3DeliverySummary": {"s3BucketLocation": None, "errorCode": None, "errorMessage": None},
    }
    return {**event, "invokingEvent": json.dumps(invoking)}


def scheduled(parameters: Mapping[str, str]) -> dict[str, Any]:
    invoking = {"messageType": "ScheduledNotification", "notificationCreationTime": "2026-01-02T00:00:00.000Z"}
    return {**change("", "", parameters), "invokingEvent": json.dumps(invoking)}


def group_change(group: Mapping[str, Any], parameters: Mapping[str, str]) -> dict[str, Any]:
    """A change of a security group, given as returned by DescribeSecurityGroups."""
    configuration = {
        "groupId": group["GroupId"],
        "groupName": group["GroupName"],
        "ipPermissions": [_permission(permission) for permission in group["IpPermissions"]],
    }
    return change("AWS::EC2::SecurityGroup", group["GroupId"], parameters, configuration=configuration)


def _permission(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The group in AWS Config's format: camelCase, and every IPv4 range twice."""
    permission = {
        "ipProtocol": raw["IpProtocol"],
        "ipv4Ranges": [_lower(each) for each in raw.get("IpRanges", [])],
        "ipRanges": [each["CidrIp"] for each in raw.get("IpRanges", [])],
        "ipv6Ranges": [_lower(each) for each in raw.get("Ipv6Ranges", [])],
        "prefixListIds": [_lower(each) for each in raw.get("PrefixListIds", [])],
        "userIdGroupPairs": [_lower(each) for each in raw.get("UserIdGroupPairs", [])],
    }
    ports = {_first_lower(key): raw[key] for key in ("FromPort", "ToPort") if key in raw}
    return {**permission, **ports}


def _lower(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {_first_lower(key): value for key, value in entry.items()}


def _first_lower(key: str) -> str:
    return key[0].lower() + key[1:]


PERMISSIONS = {
    "READ": "Read",
    "WRITE": "Write",
    "READ_ACP": "ReadAcp",
    "WRITE_ACP": "WriteAcp",
    "FULL_CONTROL": "FullControl",
}


def bucket_change(name: str, case: Mapping[str, Any], parameters: Mapping[str, str], owner: str) -> dict[str, Any]:
    """A change of a bucket that is in the state of one of the shared cases."""
    acl = {
        "grantSet": None,
        "grantList": [_grant(grant) for grant in case["acl_grants"] or []],
        "owner": {"displayName": None, "id": owner},
        "isRequesterCharged": False,
    }
    supplement: dict[str, Any] = {
        "AccessControlList": json.dumps(json.dumps(acl)),
        "BucketPolicy": {"policyText": json.dumps(case["policy"]) if case["policy"] else None},
    }
    if case["public_access_block"]:
        block = {_first_lower(key): value for key, value in case["public_access_block"].items()}
        supplement["PublicAccessBlockConfiguration"] = json.dumps(block)
    return change(
        "AWS::S3::Bucket",
        name,
        parameters,
        configuration={"name": name, "owner": {"id": owner}},
        supplementaryConfiguration=supplement,
    )


def _grant(grant: Mapping[str, Any]) -> dict[str, Any]:
    grantee = grant["Grantee"]
    if "URI" in grantee:
        who: Any = grantee["URI"].rsplit("/", 1)[-1]
    else:
        who = {"id": grantee["ID"], "displayName": grantee.get("DisplayName")}
    return {"grantee": who, "permission": PERMISSIONS[grant["Permission"]]}
