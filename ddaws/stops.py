"""Stop a stage, let it go on, and see what stops it."""

import time
from datetime import UTC, datetime, timedelta

from rich.markup import escape

from chalicelib.errors import DdAwsError
from chalicelib.gateways.controls import Controls
from chalicelib.gateways.flapping import FlapHistories
from chalicelib.gateways.queues import Queues
from chalicelib.gateways.topic import Topic
from chalicelib.notifications import Notification, Paused, Resumed
from chalicelib.trust.limits import HOUR, MOST, Limits
from chalicelib.trust.pause import Pause
from ddaws.deploy import rules_file
from ddaws.plan import Target
from ddaws.progress import Progress


def pause(target: Target, reason: str, progress: Progress) -> None:
    """Stop the stage: nothing is received any more, and nothing that was received is changed."""
    wanted = Pause(caller(target), reason, now())
    stands = controls(target).pause(wanted)
    if stands != wanted:
        progress.say(f"Stage {target.stage.name} is {stands}.")
        return
    progress.say(f"Stage {target.stage.name} stands still: nothing more is changed, and nothing is lost.")
    tell(Paused(target.stage.name, wanted.who, reason, wanted.since), target, progress)


def resume(target: Target, progress: Progress) -> None:
    """Let the stage go on: end the pause; where there is none, let through what waits past the limit."""
    held = controls(target)
    if ended := held.end_pause():
        what = f"The stage was {ended}. It goes on within a minute."
    elif shares := _used_up(held):
        waiting = Queues(target.account.client("sqs")).waiting(target.stage.settings.remediation_queue)
        held.lift(waiting)
        what = f"Used up were the hour's changes of {', '.join(shares)}. The hour starts anew, and "
        what += f"{min(waiting, MOST)} findings that wait are let through besides."
    else:
        progress.say(f"Nothing holds stage {target.stage.name} up.")
        return
    progress.say(what)
    tell(Resumed(target.stage.name, caller(target), what, now()), target, progress)


def resume_resource(target: Target, resource: str, progress: Progress) -> None:
    """Let a resource go on: its fixes so far count no more. It is named by its id, or in full as `status` shows it."""
    histories = _histories(target)
    fought = [each for each in histories.everything() if resource in (each[0], each[0].rpartition("/")[2])]
    if not fought:
        progress.say(f"Nothing holds {resource} up in stage {target.stage.name}.")
        return
    for each in fought:
        histories.decide(*each)
    what = f"{fought[0][0]} is fixed again from now on, within a quarter of an hour."
    progress.say(what)
    tell(Resumed(target.stage.name, caller(target), what, now()), target, progress)


def status(target: Target, progress: Progress) -> None:
    """Say what holds the stage up."""
    held = controls(target)
    taken = held.ledger().taken(time.time())
    used = sum(slot.used_at is not None for slot in taken)
    progress.say(f"pause: {held.paused() or 'none'}")
    for rule in rules_file.read(target.stage.project_dir):
        if rule.function:
            handling = target.stage.settings.handling(target.stage.named(rule.name))
            grace = f", {handling.grace // timedelta(minutes=1)} minutes of grace" if handling.grace else ""
            progress.say(f"{rule.name}: {handling.mode}{grace}")
    progress.say(
        f"changes: {used} within the last hour, {len(taken) - used} reserved, {held.free()} more may be made "
        f"(limit: {held.limits.per_hour} an hour)"
    )
    progress.say(f"used up: {', '.join(_used_up(held)) or 'nothing'}")
    for (resource, _), history in sorted(_histories(target).everything().items()):
        progress.say(f"flapping: {resource}: {escape(history.reason)}: until {iso(history.fight_ends)}")


def _used_up(held: Controls) -> list[str]:
    """Whose changes for this hour are used up: of the stage, or of those that people were told of."""
    full, ledger = held.full(), held.ledger()
    told = [source for source, at in ledger.told.items() if time.time() - at < HOUR]
    return list(dict.fromkeys([*([full.source] if full else []), *told]))


def controls(target: Target) -> Controls:
    settings = target.stage.settings
    return Controls(target.account.client("dynamodb"), settings.trust_table, Limits(settings.max_fixes_per_hour))


def caller(target: Target) -> str:
    """The ARN of whoever runs this."""
    return str(target.account.client("sts").get_caller_identity()["Arn"])


def now() -> str:
    return iso(time.time())


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _histories(target: Target) -> FlapHistories:
    return FlapHistories(target.account.client("dynamodb"), target.stage.settings.trust_table)


def tell(notification: Notification, target: Target, progress: Progress) -> None:
    """Tell the notifier; what was done stands, whether or not it could be told."""
    account = target.account
    topic = Topic(account.client("sns"), account.client("sts"), account.region, target.stage.settings.topic)
    try:
        topic.publish(notification)
    except DdAwsError as error:
        progress.say(f"It is done, but could not be told on Slack: {error}")
