"""Models of the resources that this product evaluates, whatever their shape in AWS's responses.

The gateways build them from AWS Config's items and from the live API; exposure and rules read them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Literal

SECURITY_GROUP = "AWS::EC2::SecurityGroup"
S3_BUCKET = "AWS::S3::Bucket"


class Fact(StrEnum):
    """A part of a resource that its model lacks until a rule needs it: it takes further calls, which AWS may refuse."""

    ACL = "the ACL"
    POLICY = "the bucket policy"
    BUCKET_BLOCK = "Block Public Access of the bucket"
    ACCOUNT_BLOCK = "Block Public Access of the account"
    OBJECT_OWNERSHIP = "Object Ownership"
    PREFIX_LISTS = "entries of the prefix lists"
    RULE_TAGS = "tags of the inbound rules"
    RULES_QUOTA = "quota of inbound rules"
    POLICY_STATUS = "S3's own verdict on the bucket's policy"
    TAGS = "the resource's tags"


TELLING_TAGS = frozenset(
    ("name", "owner", "team", "environment", "env", "stage", "application", "app", "project", "service", "costcenter")
)
"""Keys of the tags by which people recognize a resource, in lower case, without hyphens and underscores."""
MOST_TAGS = 5
BUCKET_PARTS = (Fact.ACL, Fact.BUCKET_BLOCK, Fact.POLICY)
"""The bucket's own settings that decide about its exposure. AWS Config's item has them, but any can be missing
there."""


@dataclass(frozen=True)
class Unread:
    """A fact that could not be read.

    Attributes
    ----------
    reason : str
        AWS's error.
    next_step : str
        What a person can do if AWS refuses permanently; empty if a retry may succeed.
    """

    fact: Fact
    reason: str = field(compare=False)
    next_step: str = field(default="", compare=False)

    @property
    def is_final(self) -> bool:
        return bool(self.next_step)


SourceKind = Literal["ipv4", "ipv6", "prefix_list", "group"]


@dataclass(frozen=True)
class Source:
    """One source of one permission: who is admitted.

    Attributes
    ----------
    kind : str
        ``ipv4``, ``ipv6``, ``prefix_list`` or ``group``.
    value : str
        The CIDR, prefix list ID or group ID, exactly as AWS stores it.
    description : str
        The rule's description; empty if it has none.
    """

    kind: SourceKind
    value: str
    description: str = ""


@dataclass(frozen=True)
class IpPermission:
    """What EC2 calls an IpPermission: a protocol, its ports, and the sources it admits.

    ``protocol``, ``from_port`` and ``to_port`` are as AWS stores them (``-1`` has no ports; ICMP's are type and code):
    a revoke must repeat them exactly.
    """

    protocol: str
    from_port: int | None
    to_port: int | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class PrefixList:
    """A managed prefix list that a security group refers to.

    Attributes
    ----------
    cidrs : tuple of str or None
        Its entries; None if they cannot be read.
    unread : Unread or None
        Why they cannot be read. If both are None, our account cannot see the list, for example since the list is no
        longer shared with the account.
    """

    prefix_list_id: str
    cidrs: tuple[str, ...] | None
    unread: Unread | None = None


@dataclass(frozen=True)
class TaggedRule:
    """A security group rule, as a permission with a single source, and its tags."""

    permission: IpPermission
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ListSize:
    """The number of rules that a prefix list counts as, and its address family."""

    family: Literal["ipv4", "ipv6"]
    rules: int


@dataclass(frozen=True)
class RulesQuota:
    """The quota of inbound rules of a group for each address family, and the sizes of its prefix lists by ID."""

    limit: int
    list_sizes: Mapping[str, ListSize]


@dataclass(frozen=True)
class SecurityGroup:
    """A security group's inbound side.

    Attributes
    ----------
    prefix_lists : tuple of PrefixList
        The prefix lists that it refers to, as far as they were read.
    rule_tags, rules_quota, tags : tuple of TaggedRule, RulesQuota, Mapping, or None
        The tags of its inbound rules, their quota, and its own tags; None if not read yet or unreadable.
    unread : tuple of Unread
        The facts that could not be read; for the entries of its prefix lists, see `PrefixList`.
    vpc_id : str
        The ID of its VPC; empty if unknown.
    """

    account_id: str
    region: str
    group_id: str
    group_name: str
    ingress: tuple[IpPermission, ...]
    prefix_lists: tuple[PrefixList, ...] = ()
    rule_tags: tuple[TaggedRule, ...] | None = None
    rules_quota: RulesQuota | None = None
    tags: Mapping[str, str] | None = None
    vpc_id: str = ""
    unread: tuple[Unread, ...] = ()

    @property
    def described(self) -> str:
        """Its name, VPC and tags, for people: ``web-servers, vpc-0a1b, Owner=payments``."""
        return ", ".join(part for part in (self.group_name, self.vpc_id, *_telling(self.tags)) if part)

    @property
    def resource_type(self) -> str:
        return SECURITY_GROUP

    @property
    def resource_id(self) -> str:
        return self.group_id

    @property
    def prefix_list_ids(self) -> tuple[str, ...]:
        """The IDs of the prefix lists that it refers to, each once."""
        sources = (source for permission in self.ingress for source in permission.sources)
        return tuple(dict.fromkeys(source.value for source in sources if source.kind == "prefix_list"))


@dataclass(frozen=True)
class BlockPublicAccess:
    """The four settings of S3 Block Public Access. Without a configuration, all four are off."""

    block_public_acls: bool = False
    ignore_public_acls: bool = False
    block_public_policy: bool = False
    restrict_public_buckets: bool = False


@dataclass(frozen=True)
class Bucket:
    """A bucket's settings that decide about its exposure.

    Attributes
    ----------
    policy : Mapping or None
        The parsed policy document; None if the bucket has none.
    owner : Mapping
        ``Owner`` as returned by GetBucketAcl (``ID``, sometimes ``DisplayName``); PutBucketAcl requires it.
    grants : tuple of Mapping
        ``Grants`` as returned by GetBucketAcl: ``{"Grantee": {...}, "Permission": ...}``.
    object_ownership : str or None
        ``BucketOwnerEnforced`` (ACLs are disabled), ``BucketOwnerPreferred``, ``ObjectWriter``; None if not read yet.
    bucket_block : BlockPublicAccess
        Block Public Access of the bucket.
    account_block : BlockPublicAccess or None
        Block Public Access of its account; None if not read yet.
    policy_status : bool or None
        Whether S3 considers the policy public (`IsPublic` of GetBucketPolicyStatus); None if not read or unreadable.
    tags : Mapping or None
        The bucket's tags; None if not read yet or unreadable.
    policy_text : str or None
        The policy exactly as S3 returns it, to restore it; None if there is none, or it was not read from S3. It is not
        compared: buckets with equal policies are equal.
    missing : tuple of Fact
        Those of `ACL`, `POLICY` and `BUCKET_BLOCK` that were not read yet: their fields have only default values.
    unread : tuple of Unread
        The facts that could not be read: the values of their fields mean nothing.
    """

    account_id: str
    region: str
    name: str
    policy: Mapping[str, Any] | None = None
    owner: Mapping[str, str] | None = None
    grants: tuple[Mapping[str, Any], ...] = ()
    object_ownership: str | None = None
    bucket_block: BlockPublicAccess = BlockPublicAccess()
    account_block: BlockPublicAccess | None = None
    policy_status: bool | None = None
    tags: Mapping[str, str] | None = None
    policy_text: str | None = field(default=None, compare=False)
    missing: tuple[Fact, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def described(self) -> str:
        """Its tags, for people: ``Owner=payments``."""
        return ", ".join(_telling(self.tags))

    @property
    def resource_type(self) -> str:
        return S3_BUCKET

    @property
    def resource_id(self) -> str:
        return self.name


Resource = SecurityGroup | Bucket


def _telling(tags: Mapping[str, str] | None) -> list[str]:
    """The tags by which people recognize a resource."""
    known = {key.lower().replace("-", "").replace("_", ""): (key, value) for key, value in (tags or {}).items()}
    return [f"{key}={value}" for name, (key, value) in sorted(known.items()) if name in TELLING_TAGS][:MOST_TAGS]


def without(resource: Resource, unread: Unread) -> Resource:
    """The resource with a fact marked as unreadable."""
    if isinstance(resource, SecurityGroup):
        return replace(resource, unread=(*resource.unread, unread))
    missing = tuple(fact for fact in resource.missing if fact is not unread.fact)
    return replace(resource, missing=missing, unread=(*resource.unread, unread))


def could_not_be_read(unread: Iterable[Unread | Fact]) -> str:
    """For people: ``Object Ownership and the ACL could not be read``."""
    names = tuple(dict.fromkeys(str(getattr(each, "fact", each)) for each in unread))
    return (
        f"{', '.join(names[:-1])} and {names[-1]} could not be read" if names[1:] else f"{names[0]} could not be read"
    )
