"""Differences between the emulator and AWS's documentation. A request found each difference, and another checks it."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from chalicelib.exposure.policies import Policy, public_statements, statements_of
from sandbox.environment import ACCOUNT_ID
from tests.differential.callers import Caller


@dataclass(frozen=True)
class Difference:
    """What the emulator does, what AWS does instead, and where AWS says so."""

    emulator: str
    aws: str
    source: str

    def row(self, answers: int) -> str:
        """Its row in the page about the comparison."""
        return f"| {self.emulator} | {self.aws} | {self.source} | {answers:,} |"


KEYS = "IAM User Guide, AWS global condition context keys"
MEANING_OF_PUBLIC = "S3 User Guide, The meaning of “public”"


class Quirk(Enum):
    """The differences, one by one."""

    CLIENT_KEYS = Difference(
        "It lacks `aws:UserAgent`, `aws:Referer` and `aws:ViaAWSService`.",
        "Every request context has all three; the client chooses the first two.",
        KEYS,
    )
    ARN_OF_NOBODY = Difference(
        "The `aws:PrincipalArn` of an unsigned request is `*`.", "An unsigned request has none.", KEYS
    )
    ACCOUNT_OF_NOBODY = Difference(
        "The `aws:PrincipalAccount` of an unsigned request is empty.", "It is `anonymous`.", KEYS
    )
    NO_USER_ID = Difference(
        "Unsigned requests and other accounts have no `aws:userid`.",
        "Every request has one; that of an unsigned request is `anonymous`.",
        KEYS,
    )
    TYPE_OF_ROOT = Difference(
        "The `aws:PrincipalType` of an account's root user is `Root`.",
        "It is `Account`.",
        "IAM User Guide, Principal key values",
    )
    RESOURCE_OF_CALLER = Difference(
        "`aws:ResourceAccount` is the caller's account.", "It is the account that owns the bucket.", KEYS
    )
    NO_VARIABLES = Difference(
        "It resolves no policy variables.",
        "Variables in `Resource` and in string and ARN conditions are resolved.",
        "IAM User Guide, Variables and tags",
    )
    ARNS_AS_TEXT = Difference(
        "It compares ARNs as strings, so `arn:aws:iam::*` matches every principal.",
        "ARNs are compared part by part, and a wildcard matches only within its part.",
        "IAM User Guide, Condition operators",
    )
    NO_BARE_LIST = Difference(
        "A `Principal` that is a list matches no one.",
        "Such a policy is rejected. We read the list as `AWS` principals, so it is public if it contains `*`.",
        "IAM User Guide, Grammar of the IAM JSON policy language",
    )
    NO_NOT_PRINCIPAL = Difference(
        "A statement with `NotPrincipal` applies to no one.",
        "It applies to everyone else. AWS now accepts it only with `Deny`; an older `Allow` with it is public.",
        "IAM User Guide, NotPrincipal",
    )
    ACL_BEFORE_DENY = Difference(
        "A grant of the ACL allows access even if the policy denies it.",
        "An explicit `Deny` overrides the ACL. We still evaluate the ACL as public.",
        "S3 User Guide, How Amazon S3 authorizes a request",
    )
    NO_ACL_FOR_OWN_USERS = Difference(
        "Grants to groups do not apply to the bucket owner's own users.",
        "`AllUsers` is everyone, and `AuthenticatedUsers` is everyone who signs requests.",
        "S3 User Guide, Access control list overview",
    )
    IF_EXISTS_LIMITS = Difference(
        "RestrictPublicBuckets: a fixed value is a limit even with `…IfExists`.",
        "Such a condition is true if the key is missing, so the policy is public and is restricted.",
        MEANING_OF_PUBLIC,
    )
    AWS_PRINCIPALS_ALONE = Difference(
        "RestrictPublicBuckets: only `*` and `AWS` principals can make a policy public.",
        "An identity provider with which anyone can sign up makes it public, too. This is AWS's own example.",
        MEANING_OF_PUBLIC,
    )
    ORGANIZATION_PATHS = Difference(
        "RestrictPublicBuckets: a fixed `aws:PrincipalOrgPaths` is not a limit.",
        "AWS gives `aws:PrincipalOrgID` as an example. A path in an organization identifies principals as well.",
        MEANING_OF_PUBLIC,
    )
    PRIVATE_IPV6 = Difference(
        "RestrictPublicBuckets: `fc00::/7` is a limit.",
        "A range broader than /32 is public; only the RFC 1918 ranges are exceptions.",
        MEANING_OF_PUBLIC,
    )
    ANONYMOUS_IS_FIXED = Difference(
        "RestrictPublicBuckets: `anonymous`, as `aws:userid` or `aws:PrincipalAccount`, is a limit.",
        "AWS says only that fixed values are limits. This one matches every unsigned request, so it is public to us.",
        MEANING_OF_PUBLIC,
    )


type Quirks = frozenset[Quirk]
type Statement = Mapping[str, Any]
AWS: Quirks = frozenset()
EMULATOR: Quirks = frozenset(Quirk)

UNIQUE_LOCAL, RFC_1918 = "fc00::/7", "10.0.0.0/8"
UNSIGNED, FIXED = "anonymous", "123456789012"

type Keys = Mapping[str, str | None]

CONTEXT_QUIRKS: Mapping[Quirk, Callable[[Caller], Keys]] = {
    Quirk.CLIENT_KEYS: lambda _: {"aws:useragent": None, "aws:referer": None, "aws:viaawsservice": None},
    Quirk.ARN_OF_NOBODY: lambda caller: {} if caller.account_id else {"aws:principalarn": "*"},
    Quirk.ACCOUNT_OF_NOBODY: lambda caller: {} if caller.account_id else {"aws:principalaccount": ""},
    Quirk.NO_USER_ID: lambda caller: {} if caller.account_id == ACCOUNT_ID else {"aws:userid": None},
    Quirk.TYPE_OF_ROOT: lambda caller: {"aws:principaltype": "Root"} if caller.is_root else {},
    Quirk.RESOURCE_OF_CALLER: lambda caller: {"aws:resourceaccount": caller.account_id or ""},
}
"""The quirks of a request's context: the emulator's value; None: the key is missing."""


def is_public_policy(policy: Policy | None, quirks: Quirks) -> bool:
    """True if RestrictPublicBuckets treats `policy` as public."""
    statements = [read for each in statements_of(policy) if (read := _as_read(each, quirks))]
    return bool(public_statements({"Statement": statements}))


def _as_read(statement: Statement, quirks: Quirks) -> Statement | None:
    """The statement as the emulator evaluates it; None if nothing in it could be public."""
    read = {**statement, "Condition": _condition_as_read(statement.get("Condition") or {}, quirks)}
    principal = statement.get("Principal")
    if Quirk.AWS_PRINCIPALS_ALONE not in quirks or principal == "*" or "NotPrincipal" in statement:
        return read
    named = principal.get("AWS") if isinstance(principal, Mapping) else None
    return {**read, "Principal": {"AWS": named}} if named else None


def _condition_as_read(condition: Statement, quirks: Quirks) -> Statement:
    read: dict[str, dict[str, Any]] = defaultdict(dict)
    for operator, tests in condition.items():
        name = operator.removesuffix("IfExists") if Quirk.IF_EXISTS_LIMITS in quirks else operator
        for key, value in tests.items():
            if Quirk.ORGANIZATION_PATHS in quirks and key == "aws:PrincipalOrgPaths":
                continue
            read[name][key] = _value_as_read(value, quirks)
    return read


def _value_as_read(value: object, quirks: Quirks) -> object:
    """A value that a quirk treats as a limit, replaced by a value that we treat as a limit, too."""
    if Quirk.PRIVATE_IPV6 in quirks and value == UNIQUE_LOCAL:
        return RFC_1918
    if Quirk.ANONYMOUS_IS_FIXED in quirks and UNSIGNED in (value if isinstance(value, list) else [value]):
        return FIXED
    return value
