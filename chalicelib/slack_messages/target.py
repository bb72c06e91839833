"""The resource that a message is about, and where a person finds it in the AWS console."""

from dataclasses import dataclass
from urllib.parse import quote

from chalicelib.messages import REGION
from chalicelib.resources import S3_BUCKET, SECURITY_GROUP
from chalicelib.slack_messages.text import code, escaped

LONGEST_URL = 1000
_PAGES = {
    SECURITY_GROUP: "ec2/home?region={region}#SecurityGroup:groupId={id}",
    S3_BUCKET: "s3/buckets/{id}?region={region}&tab=permissions",
}
_ANY_PAGE = "config/home?region={region}#/resources/details?resourceId={id}&resourceType={type}"
_ALARM_PAGE = "cloudwatch/home?region={region}#alarmsV2:alarm/{id}"


@dataclass(frozen=True)
class Target:
    """A resource, in AWS Config's words."""

    resource_type: str
    resource_id: str
    account_id: str
    region: str

    @property
    def words(self) -> str:
        """For a summary: ``AWS::EC2::SecurityGroup sg-1 (123456789012, eu-west-1)``."""
        type_, id_ = escaped(self.resource_type, 60), escaped(self.resource_id, 100)
        return f"{type_} {id_} ({escaped(self.account_id, 20)}, {escaped(self.region, 30)})"

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """The fields that every message about a resource shows."""
        page = _PAGES.get(self.resource_type, _ANY_PAGE)
        link = linked(self.resource_id, page, self.region, self.resource_type)
        return (
            ("Resource", f"{link}\n{escaped(self.resource_type, 100)}"),
            ("Account and region", f"{code(self.account_id, 40)} {code(self.region, 40)}"),
        )


def alarm_link(name: str, region: str) -> str:
    """An alarm's name, linked to its page."""
    return linked(name, _ALARM_PAGE, region)


def linked(name: str, page: str, region: str, type_: str = "") -> str:
    """`name` linked to a page of the console; as code where there can be no link."""
    path = page.format(region=region, id=quote(_encodable(name), safe=""), type=quote(_encodable(type_), safe=""))
    if not REGION.fullmatch(region) or len(path) > LONGEST_URL:
        return code(name, 300)
    return f"<https://{region}.{_console(region)}/{path}|{escaped(name, 300)}>"


def _console(region: str) -> str:
    partition = region.partition("-")[0] if not region.startswith("us-gov-") else "us-gov"
    return {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}.get(
        partition, "console.aws.amazon.com"
    )


def _encodable(text: str) -> str:
    """JSON can spell lone surrogates, which no URL can."""
    return text.encode("utf-8", "replace").decode("utf-8")
