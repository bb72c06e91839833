"""The parameters of the rule on buckets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.errors import BadInput
from chalicelib.exemptions.exemptions import Exemption, standing_exemption
from chalicelib.resources import Bucket

NAMES = ("bucketFix", "bucketWhitelist")
BUCKET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,254}")
"""Includes the longer names that us-east-1 used to allow."""


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
        ``bucketFix``; the default is ``surgical``.
    whitelist : frozenset of str
        ``bucketWhitelist``: names of buckets that may be public without an end date. Prefer exemptions.
    exemptions : tuple of Exemption
        What may stay. Granted by people; not a parameter in AWS Config.
    """

    bucket_fix: BucketFix = BucketFix.SURGICAL
    whitelist: frozenset[str] = frozenset()
    exemptions: tuple[Exemption, ...] = ()

    def exemptions_of(self, bucket: Bucket) -> tuple[Exemption, ...]:
        """All exemptions of `bucket`."""
        if bucket.name not in self.whitelist:
            return self.exemptions
        return (standing_exemption(bucket, "rule parameter bucketWhitelist"), *self.exemptions)


def parameters(raw: Mapping[str, str]) -> Parameters:
    """Read the rule's parameters; raise BadInput for an unknown parameter or an invalid value."""
    for name in raw.keys() - {*NAMES}:
        raise BadInput(f"ruleParameters.{name}", raw[name], f"one of the parameters {', '.join(NAMES)}")
    value = raw.get("bucketFix", BucketFix.SURGICAL)
    if value not in set(BucketFix):
        raise BadInput("ruleParameters.bucketFix", value, " or ".join(BucketFix))
    return Parameters(BucketFix(value), _whitelist(raw.get("bucketWhitelist", "")))


def _whitelist(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(",")) if text.strip() else frozenset()
    if not all(map(BUCKET_NAME.fullmatch, names)):
        raise BadInput("ruleParameters.bucketWhitelist", text, "bucket names, separated by commas")
    return names
