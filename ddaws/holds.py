"""Stop a stage, let it go on, and see what holds it up."""

from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.gateways.controls import Controls
from chalicelib.gateways.topic import Topic
from chalicelib.notifications import Notification, Paused, Resumed
from chalicelib.trust.pause import Pause
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
    """Let the stage go on."""
    ended = controls(target).end_pause()
    if ended is None:
        progress.say(f"Nothing holds stage {target.stage.name} up.")
        return
    what = f"The stage was {ended}. It goes on within a minute."
    progress.say(what)
    tell(Resumed(target.stage.name, caller(target), what, now()), target, progress)


def status(target: Target, progress: Progress) -> None:
    """Say what holds the stage up."""
    held = controls(target).paused()
    progress.say(f"pause: {held or 'none'}")


def controls(target: Target) -> Controls:
    return Controls(target.account.client("dynamodb"), target.stage.settings.trust_table)


def caller(target: Target) -> str:
    """The ARN of whoever runs this."""
    return str(target.account.client("sts").get_caller_identity()["Arn"])


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def tell(notification: Notification, target: Target, progress: Progress) -> None:
    """Tell the notifier; what was done stands, whether or not it could be told."""
    account = target.account
    topic = Topic(account.client("sns"), account.client("sts"), account.region, target.stage.settings.topic)
    try:
        topic.publish(notification)
    except (ClientError, BotoCoreError) as error:
        progress.say(f"It is done, but could not be told on Slack: {error}")
