"""What is deployed, whether it runs, what waits, and what blocks it: read from AWS, part by part.

A part that cannot be read is shown with the reason; the other parts are still shown.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import DdAwsError, NotDeployed
from chalicelib.exemptions.exemptions import as_text
from chalicelib.flapping.store import FlapHistories
from chalicelib.rules import RULES
from chalicelib.settings import dead_letter
from chalicelib.variables import VARIABLES
from ddaws import deployed, exemptions, stops, times, waiting
from ddaws.account import error_code
from ddaws.aws_errors import denied_action, explained, is_denied
from ddaws.deploy import rules_file
from ddaws.plan import Target
from ddaws.stage import stage_names
from ddaws.terminal import Terminal, styled

TICK_WINDOW = timedelta(minutes=15)
"""How far back the coordinator's log is searched: it writes at least once a minute while the schedule is on."""
METRIC_WINDOW = timedelta(minutes=15)
MOST_PAGES = 10
SOON = timedelta(days=7)

type Report = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of the report.

    Attributes
    ----------
    name : str
        Its key in the report.
    needs : str
        The IAM action that reads it.
    """

    name: str
    needs: str
    read: Callable[[Target], Any]


def report(target: Target) -> Report:
    """The whole report, as JSON has it.

    Raises
    ------
    NotDeployed
        The stage has no functions, queues or tables in this region.
    """
    found: Report = {
        "stage": target.stage.name,
        "account": target.account.account_id,
        "region": target.account.region,
        "deployed": target.deployed.exists,
    }
    unreadable: dict[str, str] = {}
    missing: set[str] = set()
    for part in PARTS:
        try:
            found[part.name] = part.read(target)
        except NotDeployed as error:
            missing.add(part.name)
            unreadable[part.name] = str(error)
        except (DdAwsError, ClientError, BotoCoreError) as error:
            unreadable[part.name] = _why(error, part.needs)
    if not target.deployed.exists and "pause" in missing and not found.get("queues"):
        raise NotDeployed(f"stage {target.stage.name} has neither functions, nor queues, nor tables")
    return {**found, "unreadable": unreadable}


def _why(error: Exception, needs: str) -> str:
    cause = error.__cause__ if isinstance(error.__cause__, ClientError) else error
    if is_denied(cause):
        return f"the permission {denied_action(cause) or needs} is missing"
    return explained(error) if isinstance(error, ClientError | BotoCoreError) else str(error)


def _functions(target: Target) -> list[dict[str, Any]]:
    """Each function, with the settings that are set."""
    read = {name: deployed.read(target.stage, target.account, name) for name in deployed.functions()}
    return [
        {
            "name": target.stage.named(name),
            "deployed": each.exists,
            "settings": dict(each.variables),
            **({"problem": each.problem} if each.problem and each.exists else {}),
        }
        for name, each in read.items()
    ]


def _local_differences(target: Target) -> list[dict[str, Any]]:
    return [
        {"variable": name, "deployed": there, "local": here}
        for name, there, here in target.deployed.differences(target.stage)
    ]


def _rules(target: Target) -> list[dict[str, Any]]:
    """Each custom Lambda rule, with its deployed mode and grace period."""
    rules = []
    for rule in rules_file.read(target.stage.project_dir):
        if rule.function:
            handling = target.settings.handling(target.stage.named(rule.name))
            minutes = handling.grace // timedelta(minutes=1)
            rules.append({"rule": rule.name, "mode": str(handling.mode), "graceMinutes": minutes})
    return rules


def _schedule(target: Target) -> str:
    """``ENABLED``, ``DISABLED``, or ``NONE``: auto-response is off, and there is no schedule."""
    try:
        found = target.account.client("events").describe_rule(Name=target.stage.named("coordinator-event"))
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return "NONE"
        raise
    return str(found.get("State", "ENABLED"))


def _last_tick(target: Target) -> str | None:
    """When the coordinator last wrote to its log; None if not within `TICK_WINDOW`."""
    pages = (
        target.account.client("logs")
        .get_paginator("filter_log_events")
        .paginate(
            logGroupName=f"/aws/lambda/{target.stage.named('coordinator')}",
            startTime=int((times.now() - TICK_WINDOW).timestamp() * 1000),
            PaginationConfig={"MaxItems": 10_000 * MOST_PAGES},
        )
    )
    latest = 0
    try:
        for page in pages:
            latest = max((latest, *(event["timestamp"] for event in page.get("events", []))))
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    return times.as_text(times.at(latest / 1000)) if latest else None


def _queues(target: Target) -> list[dict[str, Any]]:
    settings = target.stage.settings
    names = [
        settings.remediation_queue,
        *(settings.work_queue(rule.remediator) for rule in RULES),
        settings.investigation_queue,
    ]
    return _with_ages(target, [each for name in names if (each := _queue(target, name))])


def _dead_letter_queues(target: Target) -> list[dict[str, Any]]:
    settings = target.stage.settings
    names = [
        dead_letter(settings.remediation_queue),
        *(dead_letter(settings.work_queue(rule.remediator)) for rule in RULES),
        dead_letter(settings.investigation_queue),
        settings.name("evaluator-dlq"),
        settings.name("notifier-dlq"),
    ]
    found = [each for name in names if (each := _queue(target, name))]
    return [{"name": each["name"], "messages": each["waiting"] + each["inFlight"]} for each in found]


def _queue(target: Target, name: str) -> dict[str, Any] | None:
    """The number of messages in a queue; None if it does not exist."""
    client = target.account.client("sqs")
    try:
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
        counts = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    except client.exceptions.QueueDoesNotExist:
        return None
    return {
        "name": name,
        "waiting": int(counts["ApproximateNumberOfMessages"]),
        "inFlight": int(counts["ApproximateNumberOfMessagesNotVisible"]),
        "delayed": int(counts["ApproximateNumberOfMessagesDelayed"]),
    }


def _with_ages(target: Target, queues: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each queue with the age of its oldest message in seconds, from CloudWatch: receiving it would count."""
    filled = [each["name"] for each in queues if each["waiting"] or each["inFlight"]]
    ages: dict[str, int] = {}
    if filled:
        queries = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SQS",
                        "MetricName": "ApproximateAgeOfOldestMessage",
                        "Dimensions": [{"Name": "QueueName", "Value": name}],
                    },
                    "Period": 60,
                    "Stat": "Maximum",
                },
            }
            for number, name in enumerate(filled)
        ]
        now = times.now()
        try:
            answer = target.account.client("cloudwatch").get_metric_data(
                MetricDataQueries=queries, StartTime=now - METRIC_WINDOW, EndTime=now, ScanBy="TimestampDescending"
            )
        except (ClientError, BotoCoreError) as error:
            why = _why(error, "cloudwatch:GetMetricData")
            return [{**each, "oldestSeconds": None, "oldestUnreadable": why} for each in queues]
        for result in answer.get("MetricDataResults", []):
            if result["Values"]:
                ages[filled[int(result["Id"][1:])]] = int(result["Values"][0])
    return [{**each, "oldestSeconds": ages.get(each["name"])} for each in queues]


def _alarms(target: Target) -> list[str]:
    """The stage's alarms that are in state ALARM."""
    prefix = target.stage.named("")
    others = [
        f"{prefix.removesuffix(f'{target.stage.name}-')}{name}-"
        for name in stage_names(target.stage.project_dir)
        if name.startswith(f"{target.stage.name}-")
    ]
    pages = target.account.client("cloudwatch").get_paginator("describe_alarms")
    found: list[str] = []
    for page in pages.paginate(AlarmNamePrefix=prefix, StateValue="ALARM"):
        for kind in ("MetricAlarms", "CompositeAlarms"):
            found += [alarm["AlarmName"] for alarm in page.get(kind, [])]
    return sorted(name for name in found if not name.startswith(tuple(others)))


def _waiting_for_people(target: Target) -> dict[str, int]:
    """The number of findings that wait, by state: `approval`, `grace`, `observed`, ..."""
    return dict(sorted(Counter(str(hold.state) for hold in waiting.listed(target)).items()))


def _pause(target: Target) -> dict[str, str] | None:
    pause = stops.controls(target).paused()
    return {"who": pause.who, "reason": pause.reason, "since": pause.since} if pause else None


def _changes(target: Target) -> dict[str, Any]:
    held = stops.controls(target)
    taken = held.ledger().taken(time.time())
    used = sum(slot.used_at is not None for slot in taken)
    return {
        "lastHour": used,
        "reserved": len(taken) - used,
        "free": held.free(),
        "limitPerHour": held.limits.per_hour,
        "usedUp": stops.used_up(held),
    }


def _flapping(target: Target) -> list[dict[str, str]]:
    histories = FlapHistories(target.account.client("dynamodb"), target.stage.settings.trust_table).everything()
    return [
        {"resource": resource, "reason": history.reason, "until": times.as_text(times.at(history.flapping_until))}
        for (resource, _), history in sorted(histories.items())
    ]


def _exemptions_ending(target: Target) -> list[dict[str, Any]]:
    """The exemptions that end within a week."""
    now = times.now()
    due = (each.exemption for each in exemptions.store(target).due(now + SOON))
    return [
        {
            "id": each.exemption_id,
            "resource": each.resource,
            "scope": str(each.scope),
            "owner": each.owner,
            "until": as_text(each.until),
        }
        for each in due
        if each.until and each.holds(now)
    ]


PARTS = (
    Part("functions", deployed.ACTION, _functions),
    Part("localDifferences", deployed.ACTION, _local_differences),
    Part("rules", deployed.ACTION, _rules),
    Part("schedule", "events:DescribeRule", _schedule),
    Part("lastTick", "logs:FilterLogEvents", _last_tick),
    Part("queues", "sqs:GetQueueAttributes", _queues),
    Part("deadLetterQueues", "sqs:GetQueueAttributes", _dead_letter_queues),
    Part("alarms", "cloudwatch:DescribeAlarms", _alarms),
    Part("waitingForPeople", "dynamodb:Query", _waiting_for_people),
    Part("pause", "dynamodb:Query", _pause),
    Part("changes", "dynamodb:Query", _changes),
    Part("flapping", "dynamodb:Query", _flapping),
    Part("exemptionsEnding", "dynamodb:Query", _exemptions_ending),
)


def show(found: Report, terminal: Terminal) -> None:
    """Print the report line by line."""
    for name, (title, lines) in LINES.items():
        if name in found["unreadable"]:
            terminal.say(styled("bold", f"{title}:"), styled("yellow", f" unreadable: {found['unreadable'][name]}"))
        else:
            for line in lines(found[name], found):
                terminal.say(styled("bold", f"{title}:"), f" {line}")


def _function_lines(functions: Sequence[Mapping[str, Any]], _: Report) -> list[str]:
    there = [each for each in functions if each["deployed"]]
    missing = [each["name"] for each in functions if not each["deployed"]]
    lines = [f"{each['name']}: {each['problem']}" for each in there if "problem" in each]
    known = [each for each in there if "problem" not in each]
    settings = [each["settings"] for each in known]
    if settings and all(each == settings[0] for each in settings):
        lines.append(f"{len(known)} deployed, with {_written(settings[0])}")
    else:
        lines += [f"{each['name']}: {_written(each['settings'])}" for each in known]
        if settings:
            lines.append("the functions have different settings: deploy again")
    return [*lines, *([f"not deployed: {', '.join(missing)}"] if missing else [])]


def _written(settings: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={settings[name]}" for name in VARIABLES if name in settings) or "no settings"


def _schedule_lines(state: str, found: Report) -> list[str]:
    functions: Sequence[Mapping[str, Any]] = found.get("functions", ())
    is_on = any(each["settings"].get("ENABLE_AUTO_RESPONSE") == "true" for each in functions)
    if state == "NONE":
        return ["none, although auto-response is on: deploy again"] if is_on else ["none: auto-response is off"]
    return ["every minute" if state == "ENABLED" else f"{state}: the coordinator does not run"]


def _tick_lines(tick: str | None, found: Report) -> list[str]:
    if tick:
        return [tick]
    minutes = TICK_WINDOW // timedelta(minutes=1)
    return [] if found.get("schedule") == "NONE" else [f"none in the coordinator's log within {minutes} minutes"]


def _queue_lines(queues: Sequence[Mapping[str, Any]], _: Report) -> list[str]:
    lines = []
    for each in queues:
        text = f"{each['name']}: {each['waiting']} waiting, {each['inFlight']} in flight, {each['delayed']} delayed"
        if "oldestUnreadable" in each:
            text += f"; age of the oldest unreadable: {each['oldestUnreadable']}"
        elif each["oldestSeconds"] is not None:
            text += f"; age of the oldest: {timedelta(seconds=each['oldestSeconds'])}"
        lines.append(text)
    return lines or ["none"]


def _dead_letter_lines(queues: Sequence[Mapping[str, Any]], _: Report) -> list[str]:
    return [f"{each['name']}: {each['messages']}" for each in queues if each["messages"]] or ["empty"]


def _rule_lines(rules: Sequence[Mapping[str, Any]], _: Report) -> list[str]:
    return [
        f"{each['rule']}: {each['mode']}"
        + (f", {each['graceMinutes']} minutes of grace period" if each["graceMinutes"] else "")
        for each in rules
    ]


def _waiting_lines(states: Mapping[str, int], _: Report) -> list[str]:
    return [", ".join(f"{count} {state}" for state, count in states.items()) or "nothing"]


def _pause_lines(pause: Mapping[str, str] | None, _: Report) -> list[str]:
    return [f"paused since {pause['since']} by {pause['who']}: {pause['reason']}" if pause else "none"]


def _flapping_lines(flapping: Sequence[Mapping[str, str]], _: Report) -> list[str]:
    return [f"{each['resource']}: {each['reason']}: until {each['until']}" for each in flapping]


def _ending_lines(ending: Sequence[Mapping[str, str]], _: Report) -> list[str]:
    return [f"{each['until']}: {each['resource']}: {each['scope']} ({each['owner']}, {each['id']})" for each in ending]


def _change_lines(changes: Mapping[str, Any], _: Report) -> list[str]:
    free = f", {changes['free']} left" if changes["free"] is not None else ""
    return [
        f"{changes['lastHour']} within the last hour, {changes['reserved']} reserved{free} "
        f"(limit: {changes['limitPerHour']} an hour)",
        f"used up: {', '.join(changes['usedUp']) or 'nothing'}",
    ]


LINES: Mapping[str, tuple[str, Callable[[Any, Report], Iterable[str]]]] = {
    "functions": ("functions", _function_lines),
    "schedule": ("schedule", _schedule_lines),
    "lastTick": ("last tick", _tick_lines),
    "rules": ("mode", _rule_lines),
    "queues": ("queue", _queue_lines),
    "deadLetterQueues": ("dead-letter queues", _dead_letter_lines),
    "alarms": ("alarm", lambda alarms, _: alarms or ["none"]),
    "waitingForPeople": ("waiting findings", _waiting_lines),
    "pause": ("pause", _pause_lines),
    "changes": ("changes", _change_lines),
    "flapping": ("flapping", _flapping_lines),
    "exemptionsEnding": ("exemption ends", _ending_lines),
}
"""Part -> its title and its lines. The other parts are only in the JSON or in the header."""
