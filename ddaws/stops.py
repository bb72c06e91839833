"""Pause and resume a stage, and notify people."""

from chalicelib.aws.queues import Queues
from chalicelib.errors import DdAwsError
from chalicelib.flapping.store import FlapHistories
from chalicelib.limits.limits import HOUR, MOST, Limits
from chalicelib.limits.pause import Pause
from chalicelib.limits.store import Controls
from chalicelib.notify import Notification, Paused, Resumed
from chalicelib.notify.topic import Topic
from ddaws import times
from ddaws.plan import Target
from ddaws.terminal import Terminal


def pause(target: Target, reason: str, terminal: Terminal) -> None:
    """Pause the stage: no finding is received, and no resource of a received finding is changed."""
    wanted = Pause(caller(target), reason, now())
    stands = controls(target).pause(wanted)
    if stands != wanted:
        terminal.say(f"Stage {target.stage.name} is {stands} already. Your reason is not stored.")
        return
    tell(Paused(target.stage.name, wanted.who, reason, wanted.since), target, terminal)
    terminal.say(f"Stage {target.stage.name} is paused. No resource is changed, and findings wait in the queue.")


def resume(target: Target, terminal: Terminal) -> None:
    """Resume the stage: end the pause, or without one, release the findings that wait because of the limit."""
    held = controls(target)
    if ended := held.end_pause():
        what = f"The stage was {ended}. The stage resumes within a minute."
    elif shares := used_up(held):
        waiting = Queues(target.account.client("sqs")).waiting(target.stage.settings.remediation_queue)
        held.lift(waiting)
        what = f"The limit of changes per hour was reached: {', '.join(shares)}. The count starts again, and "
        what += f"{min(waiting, MOST)} waiting findings are fixed beyond the limit."
    else:
        terminal.say(f"Stage {target.stage.name} is neither paused nor at its limit of changes per hour.")
        return
    tell(Resumed(target.stage.name, caller(target), what, now()), target, terminal)
    terminal.say(what)


def resume_resource(target: Target, resource: str, terminal: Terminal) -> None:
    """Resume the fixes of a flapping resource, given by its ID or by its full name as `status` shows it."""
    histories = FlapHistories(target.account.client("dynamodb"), target.stage.settings.trust_table)
    found = [each for each in histories.everything() if resource in (each[0], each[0].rpartition("/")[2])]
    if not found:
        terminal.say(f"{resource} is not flapping in stage {target.stage.name}.")
        return
    for each in found:
        histories.decide(*each)
    what = f"{found[0][0]} is no longer held back as flapping. Waiting findings about it are fixed within 15 minutes."
    tell(Resumed(target.stage.name, caller(target), what, now()), target, terminal)
    terminal.say(what)


def controls(target: Target) -> Controls:
    """The stage's controls, with the deployed limit."""
    limits = Limits(target.settings.max_fixes_per_hour)
    return Controls(target.account.client("dynamodb"), target.stage.settings.trust_table, limits)


def used_up(held: Controls) -> list[str]:
    """The sources of changes that have reached this hour's limit: the stage's, and those that were notified."""
    full, ledger = held.full(), held.ledger()
    told = [source for source, at in ledger.told.items() if times.now().timestamp() - at < HOUR]
    return list(dict.fromkeys([*([full.source] if full else []), *told]))


def caller(target: Target) -> str:
    """The ARN of the caller."""
    return str(target.account.client("sts").get_caller_identity()["Arn"])


def now() -> str:
    return times.as_text(times.now())


def tell(notification: Notification, target: Target, terminal: Terminal) -> None:
    """Publish to the notifier before anything is printed. A failure to publish does not undo what was done."""
    account = target.account
    topic = Topic(account.client("sns"), account.client("sts"), account.region, target.stage.settings.topic)
    try:
        topic.publish(notification)
    except DdAwsError as error:
        terminal.say(f"The command is done, but the notification was not sent: {error}")
