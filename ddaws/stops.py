"""Stop a stage, let it go on, and tell people of it."""

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
    """Stop the stage: nothing more is received, and nothing that was received is changed."""
    wanted = Pause(caller(target), reason, now())
    stands = controls(target).pause(wanted)
    if stands != wanted:
        terminal.say(f"Stage {target.stage.name} is {stands}. It stays so, and your reason does not count.")
        return
    tell(Paused(target.stage.name, wanted.who, reason, wanted.since), target, terminal)
    terminal.say(f"Stage {target.stage.name} is paused: nothing more is changed, and nothing is lost.")


def resume(target: Target, terminal: Terminal) -> None:
    """Let the stage go on: end the pause; where there is none, allow what waits because of the limit."""
    held = controls(target)
    if ended := held.end_pause():
        what = f"The stage was {ended}. The stage resumes within a minute."
    elif shares := used_up(held):
        waiting = Queues(target.account.client("sqs")).waiting(target.stage.settings.remediation_queue)
        held.lift(waiting)
        what = f"The limit of changes per hour was reached: {', '.join(shares)}. The count starts again, and "
        what += f"{min(waiting, MOST)} findings that wait are let through beyond the limit."
    else:
        terminal.say(f"Nothing holds stage {target.stage.name} up.")
        return
    tell(Resumed(target.stage.name, caller(target), what, now()), target, terminal)
    terminal.say(what)


def resume_resource(target: Target, resource: str, terminal: Terminal) -> None:
    """Fix a flapping resource again. It is named by its id, or in full as `status` shows it."""
    histories = FlapHistories(target.account.client("dynamodb"), target.stage.settings.trust_table)
    found = [each for each in histories.everything() if resource in (each[0], each[0].rpartition("/")[2])]
    if not found:
        terminal.say(f"Nothing holds {resource} up in stage {target.stage.name}.")
        return
    for each in found:
        histories.decide(*each)
    what = f"{found[0][0]} is fixed again from now on, within a quarter of an hour."
    tell(Resumed(target.stage.name, caller(target), what, now()), target, terminal)
    terminal.say(what)


def controls(target: Target) -> Controls:
    """What holds the stage up, with the limit that is deployed."""
    limits = Limits(target.settings.max_fixes_per_hour)
    return Controls(target.account.client("dynamodb"), target.stage.settings.trust_table, limits)


def used_up(held: Controls) -> list[str]:
    """Whose changes of this hour are used up: the stage's, or those of which people were told."""
    full, ledger = held.full(), held.ledger()
    told = [source for source, at in ledger.told.items() if times.now().timestamp() - at < HOUR]
    return list(dict.fromkeys([*([full.source] if full else []), *told]))


def caller(target: Target) -> str:
    """The ARN of whoever runs the command."""
    return str(target.account.client("sts").get_caller_identity()["Arn"])


def now() -> str:
    return times.as_text(times.now())


def tell(notification: Notification, target: Target, terminal: Terminal) -> None:
    """Publish to the notifier, before anything is printed: what was done stands, whether or not it can be told."""
    account = target.account
    topic = Topic(account.client("sns"), account.client("sts"), account.region, target.stage.settings.topic)
    try:
        topic.publish(notification)
    except DdAwsError as error:
        terminal.say(f"It is done, but could not be told on Slack: {error}")
