"""Buckets: AWS Config's item becomes the same model as the live API's responses."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.aws.shapes import listing, mapping, text, unwrapped
from chalicelib.errors import BadInput
from chalicelib.resources import BUCKET_PARTS, BlockPublicAccess, Bucket, Fact

logger = logging.getLogger(__name__)

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
    """A bucket from the `supplementaryConfiguration` of its configuration item.

    A part that is absent, null, empty or malformed shows nothing about the bucket. The part is `missing`, and has to be
    read from S3. AWS Config writes "no policy" as a BucketPolicy whose policyText is null, and an ACL without grants as
    an ACL whose grantList is empty.
    """
    bucket = Bucket(account_id, region, name, missing=BUCKET_PARTS)
    try:
        parts = mapping(unwrapped(supplement or None, "supplementaryConfiguration"), "supplementaryConfiguration")
    except BadInput as error:
        logger.warning("the item of %s shows nothing: %s", name, error)
        return bucket
    readers: tuple[tuple[Fact | None, Callable[[Mapping[str, Any]], dict[str, Any]]], ...] = (
        (Fact.POLICY, _policy),
        (Fact.ACL, _acl),
        (Fact.BUCKET_BLOCK, _block),
        (None, _ownership),
    )
    for fact, read in readers:
        try:
            known = read(parts)
        except BadInput as error:
            logger.warning("the item of %s does not show %s: %s", name, fact or "Object Ownership", error)
        else:
            bucket = replace(bucket, **known, missing=tuple(each for each in bucket.missing if each is not fact))
    return bucket


def block_public_access(raw: object, where: str) -> BlockPublicAccess:
    """Block Public Access as the API or AWS Config writes it; null: all four settings are off."""
    block = mapping(raw, where)
    return BlockPublicAccess(
        block_public_acls=_flag(block, "blockPublicAcls", where),
        ignore_public_acls=_flag(block, "ignorePublicAcls", where),
        block_public_policy=_flag(block, "blockPublicPolicy", where),
        restrict_public_buckets=_flag(block, "restrictPublicBuckets", where),
    )


def policy_document(policy_text: object, where: str) -> Mapping[str, Any] | None:
    """The parsed policy text; None if the text is null, empty or `null` in JSON: the bucket has no policy."""
    document = unwrapped(policy_text or None, where)
    if document is not None and not isinstance(document, Mapping):
        raise BadInput(where, document, "a policy document")
    return document


def _policy(parts: Mapping[str, Any]) -> dict[str, Any]:
    where = "supplementaryConfiguration.BucketPolicy"
    value = mapping(_part(parts, "bucketPolicy", where), where)
    if "policyText" not in value:
        document = value if "Statement" in value or "statement" in value else None
        if document is None:
            raise BadInput(f"{where}.policyText", None, "a policy document, or null")
        return {"policy": policy_document(unwrapped(parts["bucketPolicy"], where), where)}
    if value["policyText"] == "":
        raise BadInput(f"{where}.policyText", "", "a policy document, or null")
    return {"policy": policy_document(value["policyText"], f"{where}.policyText")}


def _acl(parts: Mapping[str, Any]) -> dict[str, Any]:
    where = "supplementaryConfiguration.AccessControlList"
    acl = mapping(_part(parts, "accessControlList", where), where)
    grants = acl.get("grantList")
    if not isinstance(grants, list):
        raise BadInput(f"{where}.grantList", grants, "a list")
    read = tuple(_grant(item, f"{where}.grantList[{i}]") for i, item in enumerate(grants))
    return {"grants": read, "owner": _owner(acl.get("owner"))}


def _block(parts: Mapping[str, Any]) -> dict[str, Any]:
    where = "supplementaryConfiguration.PublicAccessBlockConfiguration"
    return {"bucket_block": block_public_access(_part(parts, "publicAccessBlockConfiguration", where), where)}


def _ownership(parts: Mapping[str, Any]) -> dict[str, Any]:
    where = "supplementaryConfiguration.BucketOwnershipControls"
    controls = parts.get("bucketOwnershipControls") or parts.get("ownershipControls")
    rules = listing(mapping(unwrapped(controls, where), where).get("rules"), f"{where}.rules")
    found = [mapping(rule, f"{where}.rules").get("objectOwnership") for rule in rules]
    return {"object_ownership": text(found[0], f"{where}.rules[0].objectOwnership")} if found else {}


def _part(parts: Mapping[str, Any], key: str, where: str) -> object:
    """A part of the item; BadInput if it is absent or empty."""
    part = unwrapped(parts.get(key) or None, where)
    if not part:
        raise BadInput(where, part, "an object")
    return part


def _flag(block: Mapping[str, Any], key: str, where: str) -> bool:
    value = block.get(key)
    if value is not None and not isinstance(value, bool):
        raise BadInput(f"{where}.{key}", value, "true or false")
    return bool(value)


def _owner(raw: object) -> Mapping[str, str] | None:
    owner = mapping(raw, "supplementaryConfiguration.AccessControlList.owner")
    return {"ID": str(owner["id"])} if owner.get("id") else None


def _grant(raw: object, where: str) -> Mapping[str, Any]:
    """A grant as AWS Config writes it (`Read` to `AllUsers`), or in GetBucketAcl's shape, in GetBucketAcl's shape."""
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
