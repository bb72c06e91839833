"""The parts of the policies and ACLs in the comparison: mostly values close to a threshold."""

from collections.abc import Mapping
from typing import Any

from sandbox.environment import ACCOUNT_ID, REGION
from tests.differential.callers import BUCKET, HEADERS, OFFICE_NETWORK, PARTNER_ACCOUNT, READER_ARN

type Json = Mapping[str, Any]

OBJECTS = f"arn:aws:s3:::{BUCKET}/*"
BOTH = (f"arn:aws:s3:::{BUCKET}", OBJECTS)
PARTNER_ARN = f"arn:aws:iam::{PARTNER_ACCOUNT}:root"

ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY = (
    f"http://acs.amazonaws.com/groups/{name}"
    for name in ("global/AllUsers", "global/AuthenticatedUsers", "s3/LogDelivery")
)

PRINCIPALS: Mapping[str, Json] = {
    "everyone": {"Principal": "*"},
    "every AWS principal": {"Principal": {"AWS": "*"}},
    "everyone in a list": {"Principal": {"AWS": ["*"]}},
    "everyone beside our user": {"Principal": {"AWS": [READER_ARN, "*"]}},
    "everyone beside a service": {"Principal": {"AWS": "*", "Service": "cloudtrail.amazonaws.com"}},
    "a bare list": {"Principal": [READER_ARN, "*"]},
    "every account's root": {"Principal": {"AWS": "arn:aws:iam::*:root"}},
    "every account's role": {"Principal": {"AWS": "arn:aws:iam::*:role/Hello"}},
    "every canonical user": {"Principal": {"CanonicalUser": "*"}},
    "everyone but our user": {"NotPrincipal": {"AWS": READER_ARN}},
    "an identity provider for everybody": {"Principal": {"Federated": "graph.facebook.com"}},
    "an identity provider of ours": {"Principal": {"Federated": f"arn:aws:iam::{ACCOUNT_ID}:saml-provider/us"}},
    "the partner": {"Principal": {"AWS": PARTNER_ARN}},
    "the partner by number": {"Principal": {"AWS": PARTNER_ACCOUNT}},
    "a user of the partner's": {"Principal": {"AWS": f"arn:aws:iam::{PARTNER_ACCOUNT}:user/ana"}},
    "our account": {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}},
    "our user": {"Principal": {"AWS": READER_ARN}},
    "our user and the partner": {"Principal": {"AWS": [READER_ARN, PARTNER_ARN]}},
    "a user who is gone": {"Principal": {"AWS": "AIDACKCEVSQ6C2EXAMPLE"}},
    "a service": {"Principal": {"Service": "cloudtrail.amazonaws.com"}},
}

ACTIONS: Mapping[str, Json] = {
    "read": {"Action": "s3:GetObject", "Resource": OBJECTS},
    "read all": {"Action": ["s3:Get*"], "Resource": "*"},
    "list": {"Action": "s3:ListBucket", "Resource": BOTH[0]},
    "write": {"Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": [OBJECTS]},
    "change its ACL": {"Action": "s3:Put*Acl", "Resource": "arn:aws:s3:::*"},
    "anything": {"Action": "s3:*", "Resource": list(BOTH)},
    "all but delete": {"NotAction": "s3:DeleteObject", "Resource": list(BOTH)},
    "read all but one object": {"Action": "s3:getobject", "NotResource": f"arn:aws:s3:::{BUCKET}/private.txt"},
}

FIXED: Mapping[str, str] = {
    "aws:PrincipalAccount": PARTNER_ACCOUNT,
    "aws:PrincipalArn": PARTNER_ARN,
    "aws:PrincipalOrgID": "o-1a2b3c4d5e",
    "aws:PrincipalOrgPaths": "o-1a2b3c4d5e/r-ab12/ou-ab12-11111111/",
    "aws:SourceAccount": PARTNER_ACCOUNT,
    "aws:SourceArn": "arn:aws:sns:eu-west-1:444466668888:topic",
    "aws:SourceOwner": PARTNER_ACCOUNT,
    "aws:SourceVpc": "vpc-91237329",
    "aws:SourceVpce": "vpce-1a2b3c4d",
    "aws:userid": "AIDACKCEVSQ6C2EXAMPLE",
    "s3:DataAccessPointAccount": PARTNER_ACCOUNT,
    "s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:444466668888:accesspoint/finance",
}
"""The keys that count as a limit, each with a fixed value; `aws:SourceIp` has a family of its own."""

OPERATORS = (
    "StringEquals",
    "StringLike",
    "StringEqualsIgnoreCase",
    "StringNotEquals",
    "StringNotLike",
    "StringEqualsIfExists",
    "ForAnyValue:StringEquals",
    "ForAllValues:StringEquals",
    "ArnLike",
    "ArnNotEquals",
)

OTHER_CONDITIONS: Mapping[str, Json] = {
    "signed by nobody": {"StringEquals": {"aws:PrincipalAccount": "anonymous"}},
    "user id of nobody": {"StringEquals": {"aws:userid": ["AIDACKCEVSQ6C2EXAMPLE", "anonymous"]}},
    "signed by anybody": {"StringNotEquals": {"aws:PrincipalAccount": "anonymous"}},
    "type anonymous": {"StringEquals": {"aws:PrincipalType": "Anonymous"}},
    "type account": {"StringEquals": {"aws:PrincipalType": "Account"}},
    "type user": {"StringEquals": {"aws:PrincipalType": "User"}},
    "name": {"StringEquals": {"aws:username": "reader"}},
    "without an ARN": {"Null": {"aws:PrincipalArn": "true"}},
    "with an ARN": {"Null": {"aws:PrincipalArn": "false"}},
    "without a VPC": {"Null": {"aws:SourceVpc": "true"}},
    "a VPC at least": {"Null": {"aws:SourceVpc": "false"}, "StringEqualsIfExists": {"aws:SourceVpc": "vpc-91237329"}},
    "every root": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
    "ARNs cut short": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*"}},
    "any organization": {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
    "any account": {"StringLike": {"aws:PrincipalAccount": "*"}},
    "own bucket": {"StringEquals": {"aws:ResourceAccount": ACCOUNT_ID}},
    "not own bucket": {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT_ID}},
    "own users, by variable": {"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}},
    "TLS": {"Bool": {"aws:SecureTransport": "true"}},
    "no TLS": {"Bool": {"aws:SecureTransport": False}},
    "referer": {"StringLike": {"aws:Referer": "https://example.com/*"}},
    "another referer": {"StringLike": {"aws:Referer": "https://example.org/*"}},
    "user agent": {"StringEquals": {"aws:UserAgent": HEADERS["User-Agent"]}},
    "region": {"StringEquals": {"aws:RequestedRegion": REGION}},
    "not through a service": {"Bool": {"aws:ViaAWSService": "false"}},
    "through a service": {"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}},
    "since 2020": {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    "until 2020": {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}},
    "since a second": {"NumericGreaterThan": {"aws:EpochTime": "1577836800"}},
    "tagged object": {"StringEquals": {"s3:ExistingObjectTag/environment": "production"}},
    "object tagged otherwise": {"StringEquals": {"s3:ExistingObjectTag/environment": "test"}},
    "tagged principal": {"StringEquals": {"aws:PrincipalTag/team": "red"}},
    "an unknown key": {"StringEquals": {"aws:Weather": "fair"}},
    "an unknown operator": {"StringResembles": {"aws:SourceVpc": "vpc-91237329"}},
}

NETWORKS = (
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "126.0.0.0/7",
    "10.0.0.0/7",
    "10.0.0.0/8",
    "52.0.0.0/7",
    "52.0.0.0/8",
    "53.0.0.0/8",
    "203.0.113.0/24",
    "1.2.3.4",
    "::/0",
    "2600::/31",
    "2600::/32",
    "fc00::/7",
    OFFICE_NETWORK,
    "127.9.0.7/32",
)
