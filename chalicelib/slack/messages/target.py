"""The resource that a message is about, and its page in the AWS console."""

from dataclasses import dataclass
from urllib.parse import quote

from chalicelib.findings import REGION
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from chalicelib.slack.messages.text import Mrkdwn, code, foreign, link, words

LONGEST_URL = 1000
_PAGES = {
    SECURITY_GROUP: "ec2/home?region={region}#SecurityGroup:groupId={id}",
    S3_BUCKET: "s3/buckets/{id}?region={region}&tab=permissions",
}
_ANY_PAGE = "config/home?region={region}#/resources/details?resourceId={id}&resourceType={type}"
_ALARM_PAGE = "cloudwatch/home?region={region}#alarmsV2:alarm/{id}"


@dataclass(frozen=True)
class Target:
    """A resource in AWS Config's terms; `described` is how people recognize it, in addition to its ID."""

    resource_type: str
    resource_id: str
    account_id: str
    region: str
    described: str = ""

    @property
    def words(self) -> Mrkdwn:
        """For a summary: ``AWS::EC2::SecurityGroup sg-1 (123456789012, eu-west-1)``."""
        return words(
            "{type} {id} ({account}, {region})",
            type=foreign(self.resource_type, 60),
            id=foreign(self.resource_id, 100),
            account=foreign(self.account_id, 40),
            region=foreign(self.region, 40),
        )

    @property
    def facts(self) -> tuple[tuple[str, Mrkdwn], ...]:
        """The fields that every message about a resource shows."""
        page = _PAGES.get(self.resource_type, _ANY_PAGE)
        linked = _linked(self.resource_id, page, self.region, self.resource_type)
        name = words(" {described}", described=foreign(self.described, 500)) if self.described else words("")
        resource = words("{link}{name}\n{type}", link=linked, name=name, type=foreign(self.resource_type, 100))
        where = words("{account} {region}", account=code(self.account_id, 40), region=code(self.region, 40))
        return ("Resource", resource), ("Account and region", where)


def alarm_link(name: str, region: str) -> Mrkdwn:
    """An alarm's name, linked to its page."""
    return _linked(name, _ALARM_PAGE, region)


def _linked(name: str, page: str, region: str, type_: str = "") -> Mrkdwn:
    """`name`, linked to a page of the console; as code if it cannot be linked."""
    path = page.format(region=region, id=quote(_encodable(name), safe=""), type=quote(_encodable(type_), safe=""))
    if not REGION.fullmatch(region) or len(path) > LONGEST_URL:
        return code(name, 300)
    return link(f"https://{region}.{_console(region)}/{path}", name)


def _console(region: str) -> str:
    partition = region.partition("-")[0] if not region.startswith("us-gov-") else "us-gov"
    return {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}.get(
        partition, "console.aws.amazon.com"
    )


def _encodable(text: str) -> str:
    """`text` without lone surrogates, which JSON can contain and a URL cannot."""
    return text.encode("utf-8", "replace").decode("utf-8")
