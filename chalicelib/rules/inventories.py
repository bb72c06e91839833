"""How an evaluator reads each type of resource: from a configuration item, fact by fact, and all resources at once."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from chalicelib.aws.config_events import ConfigItem
from chalicelib.aws.config_service import ConfigService
from chalicelib.aws.shapes import unwrapped
from chalicelib.errors import BadInput, DdAwsError, Failure, Gone
from chalicelib.resources import S3_BUCKET, BlockPublicAccess, Bucket, Fact, PrefixList, SecurityGroup
from chalicelib.rules.s3_bucket.read import Buckets
from chalicelib.rules.s3_bucket.shapes import bucket_from_item
from chalicelib.rules.security_group.read import SecurityGroups, lists_of
from chalicelib.rules.security_group.shapes import recorded_group

logger = logging.getLogger(__name__)

REMEMBERED_SECONDS = 60.0
"""How long an evaluator caches the account's Block Public Access and the entries of a prefix list."""


class SecurityGroupInventory:
    """Security groups. EC2 lists a thousand per call, which is cheaper and more recent than AWS Config's items.

    Parameters
    ----------
    prefix_list : callable
        Returns a prefix list, with its entries, by its ID. Configuration items do not contain the entries.
    """

    def __init__(
        self, live: SecurityGroups, prefix_list: Callable[[str], PrefixList], account_id: str, region: str
    ) -> None:
        self._live = live
        self._prefix_list = prefix_list
        self._account_id = account_id
        self._region = region

    def from_item(self, item: ConfigItem) -> SecurityGroup:
        """The group as the item shows it; the live group if the item cannot be read or is incomplete.

        Raises
        ------
        Gone
            The live group was needed, and does not exist.
        """
        try:
            configuration = unwrapped(item.raw.get("configuration") or None, "configuration")
            return recorded_group(configuration, self._account_id, item.region or self._region, "configuration")
        except BadInput as error:
            logger.warning("the item of %s does not show the group: %s", item.resource_id, error)
        group = self._live.get(item.resource_id)
        if group is None:
            raise Gone(f"there is no security group {item.resource_id} in account {self._account_id}")
        return group

    def with_facts(self, group: SecurityGroup, facts: frozenset[Fact]) -> SecurityGroup:
        """The group with the facts that its item lacks; the entries of its prefix lists may be a minute old."""
        if Fact.PREFIX_LISTS in facts:
            group = replace(group, prefix_lists=lists_of(group, self._prefix_list))
        return self._live.with_facts(group, facts - {Fact.PREFIX_LISTS})

    def all(self) -> Iterable[SecurityGroup | Failure]:
        return self._live.all()


class BucketInventory:
    """Buckets. AWS Config returns a hundred per call; S3 would need four calls for each bucket.

    Parameters
    ----------
    account_block : callable
        Returns Block Public Access of the account, which configuration items do not contain.
    """

    def __init__(
        self,
        live: Buckets,
        config: ConfigService,
        account_block: Callable[[], BlockPublicAccess],
        account_id: str,
        region: str,
    ) -> None:
        self._live = live
        self._config = config
        self._account_block = account_block
        self._account_id = account_id
        self._region = region

    def from_item(self, item: ConfigItem) -> Bucket:
        """The bucket as the item shows it; facts that the item lacks are `missing`."""
        supplement = item.raw.get("supplementaryConfiguration")
        return bucket_from_item(item.resource_id, supplement, self._account_id, item.region or self._region)

    def with_facts(self, bucket: Bucket, facts: frozenset[Fact]) -> Bucket:
        """The bucket with the facts that its item lacks; the account's Block Public Access may be a minute old."""
        if Fact.ACCOUNT_BLOCK in facts:
            bucket = replace(bucket, account_block=self._account_block())
        return self._live.with_facts(bucket, facts - {Fact.ACCOUNT_BLOCK})

    def all(self) -> Iterable[Bucket | Failure]:
        for item in self._config.items(S3_BUCKET):
            if isinstance(item, Failure):
                yield item
                continue
            try:
                yield self.from_item(item)
            except Exception as error:  # noqa: BLE001 - an item that cannot be read does not stop the others
                yield Failure(item.resource_id, error)


def remembered[**P, T](read: Callable[P, T], seconds: float) -> Callable[P, T]:
    """`read`, cached by its arguments for `seconds`.

    Errors are cached, too. Otherwise a call that times out for a thousand resources would use up the function's time.
    """
    last: dict[object, tuple[float, T | DdAwsError]] = {}

    def recall(*args: P.args, **kwargs: P.kwargs) -> T:
        asked = (args, tuple(kwargs.items()))
        if asked not in last or time.monotonic() - last[asked][0] >= seconds:
            last[asked] = (time.monotonic(), read_or_error(*args, **kwargs))
        answer = last[asked][1]
        if isinstance(answer, DdAwsError):
            raise answer
        return answer

    def read_or_error(*args: P.args, **kwargs: P.kwargs) -> T | DdAwsError:
        try:
            return read(*args, **kwargs)
        except DdAwsError as error:
            return error

    return recall
