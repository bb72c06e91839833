"""Help for people who run Chalice's commands ``chalice local`` and ``chalice deploy``; not used in Lambda.

Chalice's command line imports the app: ``local`` in a thread of its server, other commands in the main thread, where
click knows the command.
"""

import sys
import threading
from typing import Any

from chalice.app import Chalice, NotFoundError

NOTHING_TO_SERVE = (
    "dd-aws serves no HTTP requests: AWS Config, SQS, SNS and a schedule invoke its functions. "
    "To try them, run make demo, or python -m sandbox.demo --keep for a local AWS account in which they are deployed."
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
DEEPEST_PATH = 8


def prepare(app: Chalice, queue: str, stage: str) -> None:
    """Answer every path under ``chalice local``; stop ``chalice deploy`` if the stage has no foundation yet.

    Parameters
    ----------
    app : Chalice
        The app; it gets routes only under ``chalice local``, so no command deploys or packages them.
    queue : str
        A queue of the foundation.
    stage : str
        The stage's name.

    Raises
    ------
    SystemExit
        The queue does not exist. Chalice would create some functions and then fail to create their triggers.
    """
    command, context = _command()
    if command == "local":
        _explain(app)
    elif command == "deploy" and _is_missing(context, queue):
        raise SystemExit(
            f"The foundation of stage {stage} is not deployed, and Chalice would fail halfway. "
            f"Run ddaws deploy --stage {stage}, which deploys the foundation and then runs Chalice."
        )


def _command() -> tuple[str, Any]:
    """The Chalice command that imports the app, and click's context; empty if there is none."""
    if "chalice.cli" not in sys.modules:
        return "", None
    context = sys.modules["click"].get_current_context(silent=True)
    if context is not None:
        return str(context.info_name), context
    is_served = threading.current_thread() is not threading.main_thread() and "local" in sys.argv[1:]
    return "local" if is_served else "", None


def _explain(app: Chalice) -> None:
    sys.stderr.write(f"{NOTHING_TO_SERVE}\n")
    for depth in range(DEEPEST_PATH + 1):
        path = "/" + "/".join(f"{{part{number}}}" for number in range(depth))
        app.route(path, methods=list(METHODS), name=f"nothing_{depth}")(_nothing_to_serve)


def _nothing_to_serve(**_: str) -> Any:
    raise NotFoundError(NOTHING_TO_SERVE)


def _is_missing(context: Any, queue: str) -> bool:
    """Whether SQS says that the queue does not exist; Chalice reports any other error."""
    try:
        client = context.obj["factory"].create_botocore_session().create_client("sqs")
        client.get_queue_url(QueueName=queue)
    except Exception as error:  # noqa: BLE001 - Chalice fails in the same way, and reports it
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        return code in ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    return False
