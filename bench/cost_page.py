"""`python -m bench.cost_page` prints docs/COSTS.md."""

from collections.abc import Iterable, Sequence

from bench import usage
from bench.costs import PRICES, columns, polling_rows, rows
from bench.usage import LARGE, SMALL, AccountSize, Stage

PAGE = """\
# What it costs

Written by `python -m bench.cost_page > docs/COSTS.md`; a test compares. US dollars a month in us-east-1, functions on
arm64, for one account in one region.

{costs}

- *Small*: {small}.
- *Large*: {large}.
- *On* and *off*: auto-response.

## What decides

- **AWS Config**: each change is recorded as an item and judged once; besides, every group and every bucket is judged
  once a day. An account that records security groups and buckets anyway pays for the items anyway.
- **The coordinator**: while auto-response is on it runs for {poll_seconds} of every 60 seconds, at {memory} MB, and
  waits for messages, so that a finding waits for a second and not for the next tick. `COORDINATOR_POLL_SECONDS` in
  `.chalice/config.json` sets how long. What that costs:

{polling}

- **Fixed**: the key that encrypts the topic, the alarms, and Lambda's own polling of the two work queues and the
  investigation queue. The key costs a dollar more after each of its first two yearly rotations.

## Prices

AWS's list prices as others quoted them on these dates, not read from AWS's own pages; and AWS changes them. The last
column is what every account gets free each month, for good; other stacks in the account use it up, too.

{prices}

Left out: S3 for the history that AWS Config delivers (cents), and, once, the first recording and evaluation of every
group and bucket (${small_start:.2f} in the small account, ${large_start:.2f} in the large one). Free: EventBridge's
schedule, the SSM parameters, SNS's deliveries to Lambda,
and CloudTrail's LookupEvents.

## Assumptions

- One change in {changes_a_problem:.0f} leaves its resource non-compliant. A fix is one more change.
- Generous guesses, of little weight: an evaluation runs for {evaluation:g} s, a fix for {fix:g} s, a notification for
  {notification:g} s, a look at CloudTrail for {look:g} s, {looks} looks a fix; each
  invocation logs {log_bytes:,} bytes.
- Lambda keeps {pollers} long polls of {poll:g} s open on each work queue and on the investigation queue, whether
  auto-response is on or off.
"""


def page() -> str:
    """The whole page."""
    stage = Stage.read()
    return PAGE.format(
        costs=_table(["For", *columns(stage)], rows(stage)),
        polling=_table(["Seconds of polling", "List price", "After the free tier"], polling_rows(stage)),
        prices=_table(["For", "Price", "Source", "Free"], _price_rows()),
        small=_size(SMALL),
        large=_size(LARGE),
        small_start=_start(SMALL),
        large_start=_start(LARGE),
        poll_seconds=stage.poll_seconds,
        memory=stage.memory["coordinator"],
        changes_a_problem=1 / usage.PROBLEMS_A_CHANGE,
        evaluation=usage.EVALUATION_SECONDS,
        fix=usage.FIX_SECONDS,
        notification=usage.NOTIFICATION_SECONDS,
        look=usage.LOOK_SECONDS,
        looks=usage.LOOKS_A_FIX,
        log_bytes=usage.LOG_BYTES,
        pollers=usage.POLLERS,
        poll=usage.POLL_SECONDS,
    )


def _size(size: AccountSize) -> str:
    return f"{size.groups:,} security groups, {size.buckets:,} buckets, {size.changes:,} changes of them a month"


def _start(size: AccountSize) -> float:
    """Dollars for the first item and the first evaluation of each resource."""
    return sum(PRICES[name].cost(size.groups + size.buckets, with_free_tier=False) for name in ("items", "evaluations"))


def _price_rows() -> Iterable[Sequence[str]]:
    for price in PRICES.values():
        tiers = ", then ".join(f"${dollars:.10f}".rstrip("0").rstrip(".") for _, dollars in price.tiers)
        bounds = [f"{upper:,.0f}" for upper, _ in price.tiers[:-1]]
        after = f" (from {' and '.join(bounds)} on)" if bounds else ""
        yield f"{price.service}: {price.unit}", tiers + after, price.source, f"{price.free:,.0f}" if price.free else ""


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, rule, *lines))


if __name__ == "__main__":
    print(page(), end="")
