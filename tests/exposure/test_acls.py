import pytest

from chalicelib.exposure.acls import Grant, is_public, line, public_grants

GROUPS = "http://acs.amazonaws.com/groups"
OWNER: Grant = {"Grantee": {"Type": "CanonicalUser", "ID": "79a59df9"}, "Permission": "FULL_CONTROL"}


def to_group(uri: str, permission: str = "READ") -> Grant:
    return {"Grantee": {"Type": "Group", "URI": uri}, "Permission": permission}


@pytest.mark.parametrize("group", ["global/AllUsers", "global/AuthenticatedUsers"])
@pytest.mark.parametrize("permission", ["READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL"])
def test_any_permission_of_a_public_group_is_public(group: str, permission: str) -> None:
    assert is_public(to_group(f"{GROUPS}/{group}", permission))


@pytest.mark.parametrize(
    "grant",
    [
        OWNER,
        to_group(f"{GROUPS}/s3/LogDelivery", "WRITE"),
        to_group(f"{GROUPS}/global/AllUsersTeam"),
        {"Grantee": {"Type": "CanonicalUser", "ID": "904fc4c4", "DisplayName": "AllUsers"}, "Permission": "READ"},
        {"Grantee": None, "Permission": "READ"},
        {"Permission": "READ"},
    ],
)
def test_all_others_are_not(grant: Grant) -> None:
    assert not is_public(grant)


def test_every_public_grant_is_found_and_no_other() -> None:
    log = to_group(f"{GROUPS}/s3/LogDelivery", "WRITE")
    read, write = (to_group(f"{GROUPS}/global/AllUsers", permission) for permission in ("READ", "WRITE"))
    assert public_grants((OWNER, read, write, log)) == (read, write)


def test_a_grant_reads_as_permission_to_grantee() -> None:
    assert line(to_group(f"{GROUPS}/global/AllUsers")) == "READ to AllUsers"
    assert line(to_group(f"{GROUPS}/s3/LogDelivery", "WRITE")) == f"WRITE to {GROUPS}/s3/LogDelivery"
    assert line(OWNER) == "FULL_CONTROL to 79a59df9"
