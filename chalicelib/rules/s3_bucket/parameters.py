"""What people can set about the rule on buckets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.errors import BadInput
from chalicelib.exemptions.exemptions import Exemption, standing_exemption
from chalicelib.resources import Bucket

NAMES = ("bucketFix", "bucketWhitelist")
BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}")
"""Broad enough for the names that us-east-1 once gave."""


class BucketFix(StrEnum):
    """How a bucket is closed: the rule parameter ``bucketFix``."""

    SURGICAL = "surgical"
    BLOCK = "block"


@dataclass(frozen=True)
class Parameters:
    """The rule's parameters, checked.

    Attributes
    ----------
    bucket_fix : BucketFix
        ``bucketFix``: ``surgical`` where it is absent.
    whitelist : frozenset of str
        ``bucketWhitelist``: names of buckets that may be public, without end; prefer exemptions.
    exemptions : tuple of Exemption
        What may stay; no parameter of AWS Config's, but what people granted.
    """

    bucket_fix: BucketFix = BucketFix.SURGICAL
    whitelist: frozenset[str] = frozenset()
    exemptions: tuple[Exemption, ...] = ()

    def exemptions_of(self, bucket: Bucket) -> tuple[Exemption, ...]:
        """All that exempts `bucket`."""
        if bucket.name not in self.whitelist:
            return self.exemptions
        return (standing_exemption(bucket, "rule parameter bucketWhitelist"), *self.exemptions)


def parameters(raw: Mapping[str, str]) -> Parameters:
    """Read the rule's parameters; raise BadInput for one that there is not, and for a value that there is not."""
    for name in raw.keys() - {*NAMES}:
        raise BadInput(f"ruleParameters.{name}", raw[name], f"no parameter but {', '.join(NAMES)}")
    value = raw.get("bucketFix", BucketFix.SURGICAL)
    if value not in set(BucketFix):
        raise BadInput("ruleParameters.bucketFix", value, " or ".join(BucketFix))
    return Parameters(BucketFix(value), _whitelist(raw.get("bucketWhitelist", "")))


def _whitelist(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",")) if text.strip() else frozenset()
    if not all(map(BUCKET_NAME.fullmatch, names)):
        raise BadInput("ruleParameters.bucketWhitelist", text, "names of buckets, with commas between them")
    return names
