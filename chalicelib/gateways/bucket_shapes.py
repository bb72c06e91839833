"""Buckets: AWS Config's item becomes the model that the live API's answers are made into, too."""

from collections.abc import Mapping
from typing import Any

from chalicelib.errors import BadInput
from chalicelib.gateways.shapes import listing, mapping, text, unwrapped
from chalicelib.resources import BlockPublicAccess, Bucket

_GROUPS = {
    "AllUsers": "http://acs.amazonaws.com/groups/global/AllUsers",
    "AuthenticatedUsers": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    "LogDelivery": "http://acs.amazonaws.com/groups/s3/LogDelivery",
}
_PERMISSIONS = {
    "Read": "READ",
    "Write": "WRITE",
    "ReadAcp": "READ_ACP",
    "WriteAcp": "WRITE_ACP",
    "FullControl": "FULL_CONTROL",
}


def bucket_from_item(name: str, supplement: object, account_id: str, region: str) -> Bucket:
    """A bucket from the `supplementaryConfiguration` of its configuration item; BadInput names the field."""
    where = "supplementaryConfiguration"
    parts = mapping(unwrapped(supplement, where), where)
    acl = mapping(unwrapped(parts.get("accessControlList"), f"{where}.AccessControlList"), f"{where}.AccessControlList")
    grants = listing(acl.get("grantList"), f"{where}.AccessControlList.grantList")
    return Bucket(
        account_id=account_id,
        region=region,
        name=name,
        policy=_policy(parts.get("bucketPolicy"), f"{where}.BucketPolicy"),
        owner=_owner(acl.get("owner")),
        grants=tuple(_grant(item, f"{where}.AccessControlList.grantList[{i}]") for i, item in enumerate(grants)),
        object_ownership=_ownership(parts),
        bucket_block=block_public_access(
            unwrapped(parts.get("publicAccessBlockConfiguration"), f"{where}.PublicAccessBlockConfiguration"),
            f"{where}.PublicAccessBlockConfiguration",
        ),
    )


def block_public_access(raw: object, where: str) -> BlockPublicAccess:
    """Block Public Access as the API or AWS Config gives it; null: all four off."""
    block = mapping(raw, where)
    return BlockPublicAccess(
        block_public_acls=_flag(block, "blockPublicAcls", where),
        ignore_public_acls=_flag(block, "ignorePublicAcls", where),
        block_public_policy=_flag(block, "blockPublicPolicy", where),
        restrict_public_buckets=_flag(block, "restrictPublicBuckets", where),
    )


def policy_document(policy_text: object, where: str) -> Mapping[str, Any] | None:
    """A policy's text, parsed; null, empty or `null` in JSON: the bucket has no policy."""
    document = unwrapped(policy_text or None, where)
    if document is not None and not isinstance(document, Mapping):
        raise BadInput(where, document, "a policy document")
    return document


def _policy(raw: object, where: str) -> Mapping[str, Any] | None:
    value = mapping(unwrapped(raw or None, where), where)
    if "policyText" in value:
        return policy_document(value["policyText"], f"{where}.policyText")
    return policy_document(unwrapped(raw or None, where), where) if value else None


def _flag(block: Mapping[str, Any], key: str, where: str) -> bool:
    value = block.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadInput(f"{where}.{key}", value, "true or false")
    return bool(value)


def _owner(raw: object) -> Mapping[str, str] | None:
    owner = mapping(raw, "supplementaryConfiguration.AccessControlList.owner")
    return {"ID": str(owner["id"])} if owner.get("id") else None


def _ownership(parts: Mapping[str, Any]) -> str | None:
    where = "supplementaryConfiguration.BucketOwnershipControls"
    controls = parts.get("bucketOwnershipControls") or parts.get("ownershipControls")
    rules = listing(mapping(unwrapped(controls, where), where).get("rules"), f"{where}.rules")
    found = [mapping(rule, f"{where}.rules").get("objectOwnership") for rule in rules]
    return text(found[0], f"{where}.rules[0].objectOwnership") if found else None


def _grant(raw: object, where: str) -> Mapping[str, Any]:
    """A grant as Config writes it (`Read` to `AllUsers`) in GetBucketAcl's shape, which may come as it is, too."""
    grant = mapping(raw, where)
    permission = text(grant.get("permission"), f"{where}.permission")
    return {
        "Grantee": _grantee(grant.get("grantee"), f"{where}.grantee"),
        "Permission": _PERMISSIONS.get(permission, permission),
    }


def _grantee(raw: object, where: str) -> Mapping[str, Any]:
    if isinstance(raw, str):
        return {"Type": "Group", "URI": _GROUPS.get(raw, raw)}
    grantee = mapping(raw, where)
    uri = grantee.get("uRI") or grantee.get("uri")
    if uri:
        return {"Type": "Group", "URI": str(uri)}
    if grantee.get("emailAddress"):
        return {"Type": "AmazonCustomerByEmail", "EmailAddress": str(grantee["emailAddress"])}
    identity = text(grantee.get("iD") or grantee.get("id"), f"{where}.id")
    name = grantee.get("displayName")
    return {"Type": "CanonicalUser", "ID": identity, **({"DisplayName": str(name)} if name else {})}
