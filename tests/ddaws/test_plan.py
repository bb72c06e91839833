"""The executor, and a change that is one AWS call."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from chalicelib.errors import NotDone
from chalicelib.findings import AwsCall
from ddaws import plan as plans
from ddaws.deploy import event_sources, recorder_calls
from ddaws.plan import Call, Plan, Step, Target, call
from ddaws.progress import Progress, outcome
from ddaws.run import StepFailed, preview, run
from ddaws.stage import Stage
from tests.ddaws.fakes import FakeAccount, client_error


class FakeQueues:
    """A client that refuses as often as it is told."""

    def __init__(self, *refusals: ClientError) -> None:
        self.refusals = list(refusals)
        self.created: list[str] = []

    def create_queue(self, QueueName: str) -> dict[str, str]:  # noqa: N803
        if self.refusals:
            raise self.refusals.pop(0)
        self.created.append(QueueName)
        return {"QueueUrl": QueueName}


class FakeEvents:
    """An EventBridge that takes no target, and says so as AWS does: in an answer."""

    def put_targets(self, **_: object) -> dict[str, Any]:
        return {"FailedEntryCount": 1, "FailedEntries": [{"TargetId": "1", "ErrorMessage": "no such topic"}]}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting takes no time."""
    monkeypatch.setattr(plans, "RETRY_SECONDS", 0)


def creation(**fields: Any) -> Call:
    return Call("create", "queue q", AwsCall("sqs", "CreateQueue", {"QueueName": "q"}), **fields)


def test_a_call_is_made_by_aws_s_own_name_of_the_action() -> None:
    queues = FakeQueues()

    creation().apply(FakeAccount(sqs=queues), print)

    assert queues.created == ["q"]


@pytest.mark.usefixtures("quick")
def test_a_refusal_that_passes_by_itself_is_waited_out() -> None:
    queues = FakeQueues(client_error("NotYet"), client_error("NotYet"))
    told: list[str] = []

    creation(settles=("NotYet",)).apply(FakeAccount(sqs=queues), told.append)

    assert queues.created == ["q"]
    assert told == ["waiting until AWS has propagated new resources: queue q"] * 2


@pytest.mark.usefixtures("quick")
def test_a_refusal_that_does_not_pass_in_time_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "SETTLE_SECONDS", -1)

    with pytest.raises(ClientError, match="NotYet"):
        creation(settles=("NotYet",)).apply(FakeAccount(sqs=FakeQueues(client_error("NotYet"))), print)


def test_a_change_that_is_already_made_is_accepted() -> None:
    creation(done=("Exists",)).apply(FakeAccount(sqs=FakeQueues(client_error("Exists"))), print)


def test_any_other_refusal_is_passed_on() -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        creation(settles=("NotYet",), done=("Exists",)).apply(
            FakeAccount(sqs=FakeQueues(client_error("AccessDenied"))), print
        )


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (event_sources.deletion("a mapping", {"UUID": "1"}), "ResourceInUseException"),
        (recorder_calls.start("r"), "NoAvailableDeliveryChannelException"),
        (recorder_calls.delete_channel("c"), "LastDeliveryChannelDeleteFailedException"),
    ],
)
def test_a_call_that_aws_is_not_ready_for_is_retried(change: Call, code: str) -> None:
    service = FakeService(client_error(code))

    change.apply(FakeAccount(**{change.call.service: service}), print)

    assert service.calls == [change.call.parameters] * 2


class FakeService:
    """Takes any call, once it has refused as often as it is told."""

    def __init__(self, *refusals: ClientError) -> None:
        self.refusals = list(refusals)
        self.calls: list[dict[str, Any]] = []

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        def call_it(**parameters: Any) -> dict[str, Any]:
            self.calls.append(parameters)
            if self.refusals:
                raise self.refusals.pop(0)
            return {}

        return call_it


def test_a_response_that_lists_failures_is_a_failure() -> None:
    with pytest.raises(NotDone, match=r"target of a rule: .*no such topic"):
        call("create", "target of a rule", "events", "PutTargets", Rule="r").apply(
            FakeAccount(events=FakeEvents()), print
        )


@pytest.mark.parametrize(
    ("verbs", "word"),
    [
        ((), "unchanged"),
        (("create",), "created"),
        (("update", "update"), "updated"),
        (("delete",), "deleted"),
        (("create", "update"), "created"),
        (("create", "delete"), "updated"),
    ],
)
def test_the_outcome_of_a_step_is_one_word(verbs: tuple[Any, ...], word: str) -> None:
    assert outcome(Plan("", tuple(call(verb, "", "sqs", "X") for verb in verbs))) == word


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(output: io.StringIO) -> Progress:
    return Progress(Console(file=output, highlight=False, markup=False, width=200))


def target(project: Any, queues: FakeQueues) -> Target:
    return Target(Stage.read(project, "dev"), FakeAccount(sqs=queues))


def once(queues: FakeQueues) -> Step:
    """A step that creates a queue where there is none yet."""
    return Step("Queue", lambda *_: Plan("here", () if queues.created else (creation(),), ("a note",)))


def test_each_step_reads_what_the_ones_before_it_have_done(project: Any, progress: Progress) -> None:
    queues = FakeQueues()

    assert run((once(queues), once(queues)), target(project, queues), progress) == 1
    assert queues.created == ["q"]


def test_a_step_s_line_shows_the_finding_and_the_outcome(project: Any, progress: Progress, output: io.StringIO) -> None:
    queues = FakeQueues()

    run((once(queues),), target(project, queues), progress)

    first, *details = output.getvalue().splitlines()
    assert first.split()[:3] == ["✓", "Queue", "created"]
    assert first.endswith("here")
    assert details == ["    + queue q", "    · a note"]


def test_a_preview_does_nothing(project: Any, progress: Progress, output: io.StringIO) -> None:
    queues = FakeQueues()

    assert preview((once(queues), once(queues)), target(project, queues), progress) == 2
    assert queues.created == []
    assert output.getvalue().splitlines()[:2] == ["Queue", "    + queue q"]


def test_a_refusal_names_the_step(project: Any, progress: Progress) -> None:
    queues = FakeQueues(client_error("AccessDenied", "You may not.", "CreateQueue"))

    with pytest.raises(StepFailed, match=r"Queue: .*permission is missing: CreateQueue.* You may not\."):
        run((once(queues),), target(project, queues), progress)


def test_our_own_errors_are_printed_unchanged(project: Any, progress: Progress) -> None:
    def failing(*_: object) -> Plan:
        raise NotDone("It did not work.")

    with pytest.raises(NotDone, match=r"^It did not work\.$"):
        run((Step("Failing", failing),), target(project, FakeQueues()), progress)


def test_brackets_in_names_are_not_taken_for_colours(project: Any, progress: Progress, output: io.StringIO) -> None:
    step = Step("Step", lambda *_: Plan("[bold]found[/bold]", notes=("[/]",)))

    run((step,), target(project, FakeQueues()), progress)

    assert "[bold]found[/bold]" in output.getvalue()
    assert "· [/]" in output.getvalue()
