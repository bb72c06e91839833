"""Calls that change a bucket's settings, as CloudTrail writes them.

S3 names some events otherwise than the API's actions. Source: Amazon S3 User Guide, "Amazon S3 CloudTrail events".
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from sandbox.trail.shape import Seen

SETTINGS = {
    "policy": "BucketPolicy",
    "acl": "BucketAcl",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "ownershipControls": "BucketOwnershipControls",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
}
VERBS = {"PUT": "Put", "DELETE": "Delete"}
BUCKET = re.compile(r"/([^/]+)/?")
ERROR = re.compile(r"<Code>(.+?)</Code>(?:\s*<Message>(.*?)</Message>)?", re.DOTALL)
BUCKETS = "AWS::S3::Bucket"


def name_of(method: str, path: str, query: str) -> str:
    """The event's name; empty for what is no change of a bucket's settings, such as every object's."""
    if method not in VERBS or not BUCKET.fullmatch(path):
        return ""
    asked = [key for key, _ in parse_qsl(query, keep_blank_values=True) if key in SETTINGS]
    return (
        f"{VERBS[method]}{SETTINGS[asked[0]]}" if asked else {"PUT": "CreateBucket", "DELETE": "DeleteBucket"}[method]
    )


def seen(
    request: tuple[str, str, str], headers: Mapping[str, str], body: bytes, answer: tuple[int, bytes], **caller: str
) -> Seen:
    """A call (its method, path and query) and S3's answer; `caller` are the fields that say who called from where."""
    method, path, query = request
    status, text = answer
    found = BUCKET.fullmatch(path)
    bucket = found[1] if found else ""
    error = ERROR.search(text.decode("utf-8", "replace")) if status >= 400 else None
    asked = {key: "" for key, _ in parse_qsl(query, keep_blank_values=True) if key in SETTINGS}
    said = {key: value for key, value in headers.items() if key == "x-amz-acl" or key.startswith("x-amz-grant-")}
    return Seen(
        source="s3.amazonaws.com",
        name=name_of(method, path, query),
        parameters={"bucketName": bucket, "Host": headers.get("host", ""), **asked, **said, **_content(body)},
        response=None,
        resources=[(BUCKETS, bucket)],
        error=error[1] if error else ("" if status < 400 else str(status)),
        message=(error[2] or "") if error else "",
        **caller,
    )


def _content(body: bytes) -> dict[str, Any]:
    """A policy under ``bucketPolicy``, XML under its root's name; what is neither is left out."""
    try:
        if body.lstrip().startswith(b"<"):
            root = ElementTree.fromstring(body)  # noqa: S314 - from this machine's own clients
            return {_local(root.tag): _tree(root)}
        return {"bucketPolicy": json.loads(body)} if body else {}
    except (ElementTree.ParseError, ValueError):
        return {}


def _tree(element: ElementTree.Element) -> Any:
    """Elements that come more than once are lists; ``true`` and ``false`` are what they say."""
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return {"true": True, "false": False}.get(text, text)
    found: dict[str, Any] = {f"xsi:{_local(key)}": value for key, value in element.attrib.items()}
    for child in element:
        key, value = _local(child.tag), _tree(child)
        if key in found:
            before = found[key]
            found[key] = [*(before if isinstance(before, list) else [before]), value]
        else:
            found[key] = value
    return found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
