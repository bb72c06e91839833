"""EC2: the managed prefix lists that security groups refer to, both customer-managed and AWS-managed."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import batched
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.errors import aws_errors, code
from chalicelib.resources import ListSize, PrefixList

_NOT_SEEN = ("invalidprefixlistid.notfound", "invalidprefixlistid.malformed")
_VALUES_PER_FILTER = 200
_WEIGHTS: Mapping[str, int] = {
    "dynamodb": 1,
    "ec2-instance-connect": 2,
    "groundstation": 5,
    "origin-facing": 55,
    "route53-healthchecks": 25,
    "s3": 1,
    "s3express": 6,
    "vpc-lattice": 10,
}
"""The weights of AWS's lists, by the last part of their names (Amazon VPC User Guide, AWS-managed prefix lists)."""


@aws_errors
class PrefixLists:
    """Reads the current prefix lists of one account and region.

    Parameters
    ----------
    client
        boto3's EC2 client.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def get(self, prefix_list_id: str) -> PrefixList:
        """A list and its entries; without entries if our account cannot see the list.

        A list that a security group refers to cannot be deleted. Its owner may stop sharing it. Then the reference
        keeps working, and only the entries are hidden.

        Raises
        ------
        AwsRefused, NotDone
            The entries cannot be read, although the list may exist: the networks that it admits are unknown.
        """
        pages = self._client.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=prefix_list_id)
        with aws_errors.about(f"the prefix list {prefix_list_id} cannot be read"):
            try:
                return PrefixList(prefix_list_id, tuple(entry["Cidr"] for page in pages for entry in page["Entries"]))
            except ClientError as error:
                if code(error).lower() in _NOT_SEEN:
                    return PrefixList(prefix_list_id, None)
                raise

    def sizes(self, prefix_list_ids: Sequence[str]) -> Mapping[str, ListSize]:
        """How many rules each list counts for. Lists that we cannot see, or whose weight is unknown, are left out."""
        return {found["PrefixListId"]: size for found in self._described(prefix_list_ids) if (size := _size(found))}

    def _described(self, prefix_list_ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        paginator = self._client.get_paginator("describe_managed_prefix_lists")
        for some in batched(prefix_list_ids, _VALUES_PER_FILTER, strict=False):
            for page in paginator.paginate(Filters=[{"Name": "prefix-list-id", "Values": list(some)}]):
                yield from page["PrefixLists"]


def _size(found: Mapping[str, Any]) -> ListSize | None:
    rules = found.get("MaxEntries") or _WEIGHTS.get(found["PrefixListName"].rsplit(".", 1)[-1])
    return ListSize("ipv6" if found["AddressFamily"] == "IPv6" else "ipv4", rules) if rules else None
