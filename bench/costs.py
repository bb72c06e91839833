"""What running dd-aws costs a month.

The prices are AWS's list prices for us-east-1 (Lambda on arm64) as others quoted them on the dates below, not read from
AWS's own pages; and AWS changes them. Look them up before you rely on a sum.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import inf

from rich.table import Table

from bench.usage import LARGE, SMALL, AccountSize, Stage, usage


@dataclass(frozen=True)
class Price:
    """A list price.

    Attributes
    ----------
    unit : str
        What is counted.
    tiers : tuple of (float, float)
        Up to how many units a month, and US dollars a unit.
    free : float
        Units a month that AWS's free tier gives every account for good.
    source : str
        Who quoted it, and when.
    """

    service: str
    unit: str
    tiers: tuple[tuple[float, float], ...]
    free: float
    source: str

    def cost(self, units: float, *, with_free_tier: bool) -> float:
        """US dollars for `units` a month."""
        billed = max(0.0, units - self.free) if with_free_tier else units
        total = lower = 0.0
        for upper, dollars in self.tiers:
            total += max(0.0, min(billed, upper) - lower) * dollars
            lower = upper
        return total


def _flat(dollars: float) -> tuple[tuple[float, float], ...]:
    return ((inf, dollars),)


EVALUATIONS = ((100_000, 0.001), (500_000, 0.0008), (inf, 0.0005))
CONFIG = "vantage.sh/blog/aws-config-pricing, undated, read in November 2026"
LAMBDA = "cloudchipr.com/blog/aws-lambda-pricing, 2024"
ALARMS = "c3x.dev/resources/aws/aws_cloudwatch_metric_alarm, undated, read in November 2026"
LOGS = "factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards, 2026-06-13"
KMS = "cloudburn.io/blog/aws-kms-pricing, 2026-03-14"
SNS = "factualminds.com/blog/amazon-sns-pricing-publishes-fanout-protocols, 2026-06-13"
DYNAMODB = "airbyte.com/data-engineering-resources/dynamodb-pricing, 2025-07-21"

PRICES: Mapping[str, Price] = {
    "items": Price("AWS Config", "configuration item recorded", _flat(0.003), 0, CONFIG),
    "evaluations": Price("AWS Config", "rule evaluation", EVALUATIONS, 0, CONFIG),
    "gb_seconds": Price("Lambda", "GB-second", _flat(0.0000133334), 400_000, LAMBDA),
    "invocations": Price("Lambda", "request", _flat(0.2e-6), 1e6, LAMBDA),
    "sqs": Price("SQS", "request", _flat(0.4e-6), 1e6, "cloudburn.io/blog/amazon-sqs-pricing, 2026-03-14"),
    "sns": Price("SNS", "publish", _flat(0.5e-6), 1e6, SNS),
    "keys": Price("KMS", "key", _flat(1.0), 0, KMS),
    "key_requests": Price("KMS", "request", _flat(3e-6), 20_000, KMS),
    "alarms": Price("CloudWatch", "alarm", _flat(0.1), 10, ALARMS),
    "log_gb": Price("CloudWatch", "GB of logs taken in", _flat(0.5), 5, LOGS),
    "writes": Price("DynamoDB", "write request unit", _flat(0.625e-6), 0, DYNAMODB),
    "reads": Price("DynamoDB", "read request unit", _flat(0.125e-6), 0, DYNAMODB),
}
"""One price for each quantity of bench/usage.py."""


def cost(name: str, used: Mapping[str, float], *, with_free_tier: bool = False) -> float:
    """US dollars a month for one quantity."""
    return PRICES[name].cost(used[name], with_free_tier=with_free_tier)


def monthly(used: Mapping[str, float], *, with_free_tier: bool = False) -> float:
    """US dollars a month for everything."""
    return sum(cost(name, used, with_free_tier=with_free_tier) for name in PRICES)


def columns(stage: Stage) -> Mapping[str, Mapping[str, float]]:
    """What each kind of account uses, auto-response off and on."""
    sizes: Mapping[str, AccountSize] = {"Small": SMALL, "Large": LARGE}
    return {
        f"{name}, {'on' if is_on else 'off'}": usage(size, stage, auto_response=is_on)
        for name, size in sizes.items()
        for is_on in (False, True)
    }


def rows(stage: Stage) -> Iterator[tuple[str, ...]]:
    """The lines of the table of costs: what for, and dollars for each of `columns`."""
    used = columns(stage).values()
    for name, price in PRICES.items():
        yield f"{price.service}: {price.unit}", *(_dollars(cost(name, each)) for each in used)
    yield "All, at list price", *(_dollars(monthly(each)) for each in used)
    yield "All, after the free tier", *(_dollars(monthly(each, with_free_tier=True)) for each in used)


def polling_rows(stage: Stage) -> Iterator[tuple[str, ...]]:
    """What the coordinator costs by how long it keeps polling: seconds, list price, after the free tier."""
    for seconds in (50, 20, 0):
        on = usage(SMALL, stage.polling(seconds), auto_response=True)
        off = usage(SMALL, stage, auto_response=False)
        prices = (
            sum(cost(name, on, with_free_tier=free) - cost(name, off, with_free_tier=free) for name in COORDINATOR)
            for free in (False, True)
        )
        yield f"{seconds}", *(_dollars(price) for price in prices)


COORDINATOR = ("gb_seconds", "invocations", "sqs", "log_gb", "reads")


def tables() -> Iterator[Table]:
    """The costs, for a terminal."""
    stage = Stage.read()
    table = Table(title="Dollars a month, list prices (sources: docs/COSTS.md)", title_justify="left")
    table.add_column("For")
    for column in columns(stage):
        table.add_column(column, justify="right")
    for row in rows(stage):
        table.add_row(*row)
    yield table


def _dollars(amount: float) -> str:
    return "0" if amount == 0 else f"{amount:.2f}" if amount >= 0.005 else "<0.01"
