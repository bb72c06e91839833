"""Strategies for the property tests: mostly values close to a threshold."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st

from chalicelib.exposure.networks import IpNetwork, network_of
from chalicelib.resources import IpPermission, PrefixList, SecurityGroup, Source

settings.register_profile("unhurried", deadline=None)  # a slow machine is not a failure
settings.load_profile("unhurried")

IPV4 = (
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "10.0.0.0/7",
    "10.0.0.0/8",
    "10.1.0.0/16",
    "11.0.0.0/8",
    "52.0.0.0/7",
    "52.0.0.0/8",
    "52.0.0.0/9",
    "52.128.0.0/9",
    "53.0.0.0/8",
    "54.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "203.0.113.0/24",
    "203.0.113.7/32",
)
IPV6 = ("::/0", "::/1", "8000::/1", "2600::/31", "2600::/32", "2600:1::/32", "fc00::/7", "fd00::/8", "2001:db8::/48")
PORTS = (0, 20, 21, 22, 23, 25, 80, 443, 1433, 3389, 6000, 6063, 65535)


def networks() -> st.SearchStrategy[IpNetwork]:
    near = st.sampled_from(IPV4 + IPV6).map(network_of)
    anywhere = st.builds(
        lambda bits, length: network_of(f"{bits}.0.0.0/{length}"), st.integers(0, 255), st.integers(0, 9)
    )
    return st.one_of(near, anywhere)


def coarse_networks() -> st.SearchStrategy[IpNetwork]:
    """IPv4 networks from /6 to /12, anywhere."""
    return st.builds(
        lambda start, length: network_of(f"{start >> 4}.{(start & 15) << 4}.0.0/{length}"),
        st.integers(0, 4095),
        st.sampled_from((6, 7, 8, 8, 8, 8, 9, 10, 11, 12)),
    )


def sources() -> st.SearchStrategy[Source]:
    return st.one_of(
        st.builds(Source, st.just("ipv4"), st.sampled_from(IPV4), st.sampled_from(("", "office"))),
        st.builds(Source, st.just("ipv6"), st.sampled_from(IPV6)),
        st.builds(Source, st.just("group"), st.just("sg-0aaaaaaaaaaaaaaa1")),
        st.builds(Source, st.just("prefix_list"), st.just("pl-1234abc1234abc123")),
    )


def permissions() -> st.SearchStrategy[IpPermission]:
    ends = st.tuples(st.sampled_from(PORTS), st.sampled_from(PORTS)).map(sorted)
    some = st.lists(sources(), min_size=1, max_size=3, unique_by=lambda source: source.value).map(tuple)
    ranged = st.builds(
        lambda protocol, ports, admitted: IpPermission(protocol, ports[0], ports[1], admitted),
        st.sampled_from(("tcp", "udp", "6", "icmp")),
        ends,
        some,
    )
    plain = st.builds(IpPermission, st.sampled_from(("-1", "50")), st.none(), st.none(), some)
    return st.one_of(ranged, plain)


def security_groups() -> st.SearchStrategy[SecurityGroup]:
    return st.lists(permissions(), max_size=5).map(
        lambda some: SecurityGroup("111122223333", "eu-west-1", "sg-0123456789abcdef0", "web", tuple(some))
    )


def groups_with_lists() -> st.SearchStrategy[SecurityGroup]:
    """Groups whose sources may be two prefix lists, of one address family each."""
    listed = st.sampled_from(("pl-a", "pl-b")).map(lambda name: Source("prefix_list", name))
    some = st.lists(st.one_of(sources(), listed), min_size=1, max_size=3, unique_by=lambda source: source.value)
    ingress = st.lists(
        st.builds(lambda each, chosen: replace(each, sources=tuple(chosen)), permissions(), some), max_size=4
    )
    lists = st.tuples(prefix_lists("pl-a"), prefix_lists("pl-b"))
    return st.builds(
        lambda group, permissions, known: replace(group, ingress=tuple(permissions), prefix_lists=known),
        security_groups(),
        ingress,
        lists,
    )


def prefix_lists(name: str) -> st.SearchStrategy[PrefixList]:
    families = (st.lists(st.sampled_from(cidrs), max_size=4, unique=True) for cidrs in (IPV4, IPV6))
    return st.one_of(*families).map(lambda cidrs: PrefixList(name, tuple(cidrs)))


def principals() -> st.SearchStrategy[object]:
    aws = st.sampled_from((*FIXED_PRINCIPALS, "*", "arn:aws:iam::*:root"))
    return st.one_of(
        st.just("*"),
        aws.map(lambda one: {"AWS": one}),
        st.lists(aws, min_size=1, max_size=3, unique=True).map(lambda some: {"AWS": some}),
        st.sampled_from(({"Service": "cloudtrail.amazonaws.com"}, {"Federated": "graph.facebook.com"})),
        aws.map(lambda one: {"AWS": [one], "Federated": "accounts.google.com", "Service": ["s3.amazonaws.com"]}),
    )


def conditions() -> st.SearchStrategy[dict[str, dict[str, object]]]:
    return st.dictionaries(st.sampled_from(OPERATORS), st.sampled_from(TESTS), max_size=2)


def statements() -> st.SearchStrategy[dict[str, object]]:
    grant = st.builds(
        lambda effect, principal, condition, action: {
            "Effect": effect,
            "Principal": principal,
            "Action": action,
            "Resource": "arn:aws:s3:::example-bucket/*",
            **({"Condition": condition} if condition else {}),
        },
        st.sampled_from(("Allow", "Allow", "Allow", "Deny")),
        principals(),
        conditions(),
        st.sampled_from(("s3:GetObject", "s3:PutObject", "s3:*")),
    )
    everyone_else = st.builds(
        lambda effect, exempt: {"Effect": effect, "NotPrincipal": {"AWS": exempt}, "Action": "s3:*"},
        st.sampled_from(("Allow", "Deny")),
        st.sampled_from((FIXED_PRINCIPALS[0], [FIXED_PRINCIPALS[0], FIXED_PRINCIPALS[-1]])),
    )
    return st.one_of(grant, grant, grant, everyone_else)


def policies() -> st.SearchStrategy[dict[str, object]]:
    return st.lists(statements(), min_size=1, max_size=4).map(
        lambda some: {"Version": "2012-10-17", "Id": "shared", "Statement": some}
    )


FIXED_PRINCIPALS = (
    "arn:aws:iam::123456789012:root",
    "arn:aws:sts::123456789012:assumed-role/reader/me",
    "123456789012",
    "AROADBQP57FF2AEXAMPLE",
)
OPERATORS = (
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "StringEqualsIfExists",
    "ForAllValues:StringLike",
    "ForAnyValue:StringEquals",
    "ArnLike",
    "IpAddress",
    "NotIpAddress",
    "Bool",
    "Null",
)
TESTS: tuple[dict[str, object], ...] = (
    {"aws:SourceVpce": "vpce-1234"},
    {"AWS:sourcevpc": ["vpc-1234", "vpc-*"]},
    {"aws:PrincipalOrgID": "o-1a2b3c4d5e", "aws:Referer": "https://example.com/*"},
    {"aws:PrincipalOrgID": False},
    {"aws:SourceIp": ["203.0.113.0/24", "52.0.0.0/8"]},
    {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]},
    {"aws:SecureTransport": True},
    {"aws:PrincipalAccount": 123456789012},
)
