"""Time as AWS Config writes it."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The time in whole milliseconds, as in AWS Config, so that it survives a round trip through JSON."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def timestamp(moment: datetime) -> str:
    """`moment` as texts of AWS Config have it: ``2016-10-06T16:46:16.261Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def optional_timestamp(moment: datetime | None) -> str | None:
    """`moment` as a text, or None."""
    return None if moment is None else timestamp(moment)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since the epoch."""
    return round(moment.timestamp() * 1000)
