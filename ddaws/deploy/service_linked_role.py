"""AWS Config's service-linked role, which a recorder uses: one per account, shared by all regions."""

from collections.abc import Iterator

from chalicelib.findings import AwsCall
from ddaws import ledger
from ddaws.plan import Call, Change, Target, call

NAME = "AWSServiceRoleForConfig"
SERVICE = "config.amazonaws.com"
MADE_BY_US = "madeServiceLinkedRole"
"""The ledger's entry: the role does not show who created it."""


def arn(target: Target) -> str:
    """The role's ARN, which AWS determines."""
    account = target.account
    return f"arn:{account.partition}:iam::{account.account_id}:role/aws-service-role/{SERVICE}/{NAME}"


def making(target: Target) -> Iterator[Change]:
    """Create the role if the account has none, after recording in the ledger that it is ours."""
    if not _live(target):
        yield ledger.write(target, **{MADE_BY_US: True})
        yield call("create", f"service-linked role {NAME}", "iam", "CreateServiceLinkedRole", AWSServiceName=SERVICE)


def removing(target: Target) -> Iterator[Change]:
    """Delete the role if the ledger says that it is ours. AWS refuses while a recorder in any region uses it."""
    if ledger.read(target).get(MADE_BY_US):
        for name in _live(target):
            deletion = AwsCall("iam", "DeleteServiceLinkedRole", {"RoleName": name})
            yield Call("delete", f"service-linked role {name}", deletion, done=("NoSuchEntity",))


def _live(target: Target) -> list[str]:
    """The names of the service's roles: one, or none."""
    roles = target.account.pages("iam", "list_roles", "Roles", PathPrefix=f"/aws-service-role/{SERVICE}/")
    return [role["RoleName"] for role in roles]
