"""The states of the comparison, by family: products of the vocabulary, always the same in the same order."""

from collections.abc import Iterator
from functools import cache
from itertools import chain, combinations, pairwise, permutations, product

from chalicelib.resources import BlockPublicAccess
from tests.differential.states import OWNERS_GRANT, Json, State, shared_cases
from tests.differential.vocabulary import (
    ACTIONS,
    ALL_USERS,
    AUTHENTICATED_USERS,
    FIXED,
    LOG_DELIVERY,
    NETWORKS,
    OPERATORS,
    OTHER_CONDITIONS,
    PRINCIPALS,
)

PERMISSIONS = ("READ", "WRITE", "READ_ACP", "WRITE_ACP", "FULL_CONTROL")
BLOCKS = tuple(BlockPublicAccess(*settings) for settings in product((False, True), repeat=4))
ORGANIZATION = {"aws:PrincipalOrgID": FIXED["aws:PrincipalOrgID"]}
RESTRICTED = BlockPublicAccess(restrict_public_buckets=True)


def statement(principal: str, action: str, condition: Json | None = None, effect: str = "Allow") -> Json:
    """A statement, by the vocabulary's names of its parts."""
    limit = {"Condition": condition} if condition else {}
    return {"Effect": effect, **PRINCIPALS[principal], **ACTIONS[action], **limit}


def policy(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


SHARED = statement("our user and the partner", "read")
ALL_DENIED = policy(statement("everyone", "anything", effect="Deny"))
STATEMENTS = {
    "public read": statement("everyone", "read"),
    "public list": statement("every AWS principal", "list"),
    "mixed write": statement("everyone beside our user", "write"),
    "office reads": statement("everyone", "read", {"IpAddress": {"aws:SourceIp": "127.9.0.0/16"}}),
    "user reads": statement("our user", "read"),
    "partner lists": statement("the partner", "list"),
    "no delete": statement("everyone", "write", effect="Deny"),
    "no plain HTTP": statement("everyone", "anything", {"Bool": {"aws:SecureTransport": "false"}}, "Deny"),
    "only our user": statement("everyone but our user", "read", effect="Deny"),
}


def principals() -> Iterator[State]:
    """Every principal with every set of actions."""
    for principal, action in product(PRINCIPALS, ACTIONS):
        yield State(f"{principal} may {action}", policy(statement(principal, action)))


def conditions() -> Iterator[State]:
    """Every condition, and two conditions at once."""
    yield from _single_conditions()
    for name, condition in OTHER_CONDITIONS.items():
        yield _limited(f"{name}, of one organization", {**condition, "ForAnyValue:StringLike": ORGANIZATION})
    for (one, first), (other, second) in combinations(OTHER_CONDITIONS.items(), 2):
        if first.keys() == {"Bool"} and "Bool" not in second:
            yield _limited(f"{one} and {other}", {**first, **second})


def networks() -> Iterator[State]:
    """Networks, pairs of neighbors in the list, and both halves of a network, each with the callers' loopback."""
    yield from _single_networks()
    for some in (*pairwise(NETWORKS), ("124.0.0.0/8", "125.0.0.0/8", "127.0.0.0/8")):
        yield _limited(f"from {' or '.join(some)}", {"IpAddress": {"aws:SourceIp": list(some)}})


def acls() -> Iterator[State]:
    """Every permission for every group: with the owner's grant and alone, with a Deny of everything, with a block."""
    for group, permission in product((ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY), PERMISSIONS):
        name, grants = f"{permission} to {group.rpartition('/')[2]}", (OWNERS_GRANT, _grant(group, permission))
        yield State(name, grants=grants)
        yield State(f"{name} alone", grants=grants[1:], object_ownership="BucketOwnerPreferred")
        yield State(f"{name}, all denied", ALL_DENIED, grants)
        yield State(f"{name}, blocked", grants=grants, block=BlockPublicAccess(block_public_acls=True))
        yield State(f"{name}, ignored", grants=grants, block=BlockPublicAccess(ignore_public_acls=True))
    everybody = (_grant(ALL_USERS, "READ"), _grant(AUTHENTICATED_USERS, "READ"))
    yield State("READ to everybody twice", grants=(*everybody, OWNERS_GRANT))
    yield State("ACLs disabled", policy(statement("everyone", "list")), object_ownership="BucketOwnerEnforced")


def blocks() -> Iterator[State]:
    """Every combination of the block's settings with a public policy, a public ACL, both, and neither."""
    policies = {"public": policy(statement("everyone", "write"), SHARED), "shared": policy(SHARED), "no": None}
    acls = {"public": (OWNERS_GRANT, _grant(ALL_USERS, "READ")), "private": (OWNERS_GRANT,)}
    for block, (what, document), (acl, grants) in product(BLOCKS, policies.items(), acls.items()):
        settings = "+".join(name for name, is_on in vars(block).items() if is_on) or "no block"
        yield State(f"{what} policy, {acl} ACL, {settings}", document, grants, block=block)


def restricted() -> Iterator[State]:
    """Public and other statements together with a statement for other accounts, under RestrictPublicBuckets."""
    written = (State(name, policy(statement(name, "write"))) for name in PRINCIPALS)
    for state in chain(written, _single_conditions(), _single_networks()):
        assert state.policy
        document = policy(*state.policy["Statement"], SHARED)
        yield State(f"restricted: {state.name}", document, block=RESTRICTED)


def statements() -> Iterator[State]:
    """Policies of one, two (in either order) and three statements, including Deny."""
    for name, only in STATEMENTS.items():
        yield State(f"{name}, not in a list", {"Version": "2012-10-17", "Statement": only})
    for names in chain(permutations(STATEMENTS, 2), combinations(STATEMENTS, 3)):
        yield State(" + ".join(names), policy(*(STATEMENTS[name] for name in names)))


def _single_conditions() -> Iterator[State]:
    """Every key that counts as a limit with every operator, and other conditions."""
    for (key, value), operator in product(FIXED.items(), OPERATORS):
        yield _limited(f"{operator} {key}", {operator: {key: value}})
    for name, condition in OTHER_CONDITIONS.items():
        yield _limited(name, condition)


def _single_networks() -> Iterator[State]:
    for network in NETWORKS:
        yield _limited(f"from {network}", {"IpAddress": {"aws:SourceIp": network}})
        yield _limited(f"from elsewhere than {network}", {"NotIpAddress": {"aws:SourceIp": [network]}})
        yield _limited(f"from {network} if anywhere", {"IpAddressIfExists": {"aws:SourceIp": network}})


def _limited(name: str, condition: Json) -> State:
    return State(name, policy(statement("everyone", "read", condition)))


def _grant(group: str, permission: str) -> Json:
    return {"Grantee": {"Type": "Group", "URI": group}, "Permission": permission}


FAMILIES = {
    "shared cases": shared_cases,
    "principals": principals,
    "conditions": conditions,
    "networks": networks,
    "ACLs": acls,
    "blocks": blocks,
    "restricted": restricted,
    "statements": statements,
}


@cache
def states(family: str) -> tuple[State, ...]:
    """The states of a family; no two have the same name."""
    return tuple(FAMILIES[family]())
