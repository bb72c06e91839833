"""The callers (the public, and those whom a policy may name) and their requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.environment import ACCOUNT_ID, REGION

BUCKET = "differential"
OBJECT, DROPPED = "secret.txt", "dropped.txt"
TAGS = {"environment": "production"}
PREFIX = "public"

STRANGER_ACCOUNT = "777788889999"
"""An AWS account that no policy and no ACL here names. Its users are the public, too."""
PARTNER_ACCOUNT = "444466668888"
OFFICE_NETWORK = "127.9.0.0/16"
READER_ARN = f"arn:aws:iam::{ACCOUNT_ID}:user/reader"
FROM_ANYWHERE, FROM_OFFICE = "127.0.0.1", "127.9.0.7"
HEADERS = {"User-Agent": "probe", "Referer": "https://example.com/page"}


@dataclass(frozen=True)
class Caller:
    """A sender of requests.

    Attributes
    ----------
    account_id : str or None
        The account that signs the requests; None: they are unsigned.
    arn : str or None
        The principal who signs them.
    address : str
        Where they come from.
    tls : bool
        Whether they come over TLS; a proxy that has taken it off says so in a header.
    context : Mapping
        Request context of the principal: the condition keys that AWS gives him, in lower case.
    """

    name: str
    account_id: str | None = None
    arn: str | None = None
    address: str = FROM_ANYWHERE
    tls: bool = False
    context: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_root(self) -> bool:
        return bool(self.arn and self.arn.endswith(":root"))

    @property
    def headers(self) -> dict[str, str]:
        return {**HEADERS, "X-Forwarded-Proto": "https"} if self.tls else HEADERS


@dataclass(frozen=True)
class Probe:
    """A request for one S3 action.

    Attributes
    ----------
    path : str
        Beneath the bucket: a key or a query.
    status : int
        What answers it where the caller is let in, and where he is not, 403 does.
    context : Mapping
        Condition keys that come with the request, in lower case.
    """

    action: str
    method: str
    path: str
    status: int
    context: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def resource(self) -> str:
        """The ARN that the action is about."""
        key = self.path.removeprefix("/") if self.path.startswith("/") else ""
        return f"arn:aws:s3:::{BUCKET}/{key}" if key else f"arn:aws:s3:::{BUCKET}"


UNSIGNED = {"aws:principaltype": "Anonymous", "aws:principalaccount": "anonymous", "aws:userid": "anonymous"}
"""The context of a request without a signature.
Source: IAM User Guide, AWS global condition context keys, and Principal key values."""


def _root_of(account_id: str) -> dict[str, str]:
    return {
        "aws:principalarn": f"arn:aws:iam::{account_id}:root",
        "aws:principalaccount": account_id,
        "aws:principaltype": "Account",
        "aws:userid": account_id,
    }


ANYBODY = Caller("anybody", context=UNSIGNED)
ANYBODY_BY_TLS = Caller("anybody, by TLS", tls=True, context=UNSIGNED)
STRANGER = Caller(
    "a stranger's account",
    STRANGER_ACCOUNT,
    f"arn:aws:iam::{STRANGER_ACCOUNT}:root",
    context=_root_of(STRANGER_ACCOUNT),
)
OFFICE = Caller("anybody in the office", address=FROM_OFFICE, context=UNSIGNED)
PARTNER = Caller(
    "the partner's account", PARTNER_ACCOUNT, f"arn:aws:iam::{PARTNER_ACCOUNT}:root", context=_root_of(PARTNER_ACCOUNT)
)
READER = Caller(
    "our user",
    ACCOUNT_ID,
    READER_ARN,
    context={
        "aws:principalarn": READER_ARN,
        "aws:principalaccount": ACCOUNT_ID,
        "aws:principaltype": "User",
        "aws:userid": "AIDAREADEREXAMPLEXXXX",
        "aws:username": "reader",
    },
)
"""The emulator chooses the user ID. No policy here names it, so any value will do."""
PUBLIC = (ANYBODY, ANYBODY_BY_TLS, STRANGER)
NAMED = (OFFICE, PARTNER, READER)
CALLERS = (*PUBLIC, *NAMED)

PROBES = (
    Probe("s3:GetObject", "GET", f"/{OBJECT}", 200, {"s3:existingobjecttag/environment": "production"}),
    Probe("s3:ListBucket", "GET", f"?list-type=2&prefix={PREFIX}", 200, {"s3:prefix": PREFIX}),
    Probe("s3:PutObject", "PUT", f"/{DROPPED}", 200),
    Probe("s3:DeleteObject", "DELETE", f"/{DROPPED}", 204),
    Probe("s3:GetBucketAcl", "GET", "?acl", 200),
    Probe("s3:PutBucketAcl", "PUT", "?acl", 400),
)
"""PutBucketAcl without an ACL: a caller who is allowed gets an error about the missing ACL, and changes nothing."""

COMMON = {
    "aws:useragent": HEADERS["User-Agent"],
    "aws:referer": HEADERS["Referer"],
    "aws:resourceaccount": ACCOUNT_ID,
    "s3:resourceaccount": ACCOUNT_ID,
    "aws:requestedregion": REGION,
    "aws:viaawsservice": "false",
}
"""The context of every request here, in lower case, except address, transport and time."""
