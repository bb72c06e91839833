"""Whatever AWS or botocore responds, a gateway raises one of our errors: every public method, found by introspection.

Each is called once for each call to AWS that it makes and for each fault. What answers the calls before that is a
skeleton of the service model's answer.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.model import OperationModel, Shape
from botocore.parsers import ResponseParserError

from chalicelib.approvals.store import Holds
from chalicelib.aws.dynamodb import SwappedItem
from chalicelib.aws.errors import aws_errors, queue_errors, table_errors
from chalicelib.errors import AwsRefused, BadInput, DdAwsError, NotDeployed, NotDone, Unreadable
from chalicelib.exemptions.store import Exemptions
from chalicelib.flapping.store import FlapHistories
from chalicelib.journal.index import JournalIndex
from chalicelib.journal.store import Journal
from chalicelib.limits.store import Controls
from chalicelib.slack.rate_store import NotificationRate
from chalicelib.slack.store import Incidents
from tests.gateways.every_gateway import NOW, REGION, SUBJECTS, called

MOST_CALLS = 12
COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateReceiveCount",
)


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}, "SomeAction")


FAULTS: Mapping[str, tuple[Exception, bool]] = {
    "denied": (refusal("AccessDenied"), True),
    "throttled": (refusal("ThrottlingException"), False),
    "read timeout": (ReadTimeoutError(endpoint_url="https://aws"), False),
    "endpoint unreachable": (EndpointConnectionError(endpoint_url="https://aws"), False),
}
"""Possible errors of AWS, and whether they are permanent."""


class Aws:
    """Responds to every client's calls. Calls before the one that fails get a skeleton response."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.fails_at = 0
        self.calls = 0

    def __call__(self, model: OperationModel, **_: Any) -> tuple[Any, dict[str, Any]]:
        self.calls += 1
        if self.fault and self.calls > self.fails_at:
            raise self.fault
        http = type("Response", (), {"status_code": 200, "headers": {}})()
        if model.service_model.service_name == "dynamodb":
            return http, {"Items": [], "Count": 0, "Attributes": {"messages": {"N": "1"}}}
        return http, skeleton(model.output_shape) if model.output_shape else {}


def skeleton(shape: Shape, depth: int = 0) -> Any:
    """The smallest response of a shape, without a token for another page."""
    if shape.type_name == "structure":
        members = {name: member for name, member in shape.members.items() if _is_shown(name, shape)}
        return {name: skeleton(member, depth + 1) for name, member in members.items()} if depth < 8 else {}
    if shape.type_name == "list":
        return [skeleton(shape.member, depth + 1)] if depth < 8 else []
    if shape.type_name == "map":
        return dict.fromkeys(COUNTS, "1")
    if shape.type_name == "string":
        return {"arnType": "arn:aws:sts::1:x", "Policy": "{}", "Cidr": "10.0.0.0/8"}.get(shape.name, "{}")
    return {"boolean": False, "timestamp": NOW}.get(shape.type_name, 1)


def _is_shown(member: str, shape: Shape) -> bool:
    """A rule has one source."""
    return "Token" not in member and not (shape.name == "SecurityGroupRule" and member in ("CidrIpv6", "PrefixListId"))


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """Replaces the calls of all our clients."""
    answers = Aws()
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="y", region_name=REGION)
    session.events.register_first("before-call", answers)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(boto3, "DEFAULT_SESSION", session)
        yield answers


def error_of(name: str) -> Exception | None:
    try:
        called(name)
    except Exception as error:  # noqa: BLE001 - the test checks which error it is
        return error
    return None


TABLES = frozenset(
    {Controls, Exemptions, FlapHistories, Holds, Incidents, Journal, JournalIndex, NotificationRate, SwappedItem}
)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", SUBJECTS)
def test_every_call_of_every_gateway_that_fails_raises_an_error_of_ours(name: str, fault: str, aws: Aws) -> None:
    error, is_final = FAULTS[fault]
    kind, _ = SUBJECTS[name]
    is_table = kind in TABLES or name.startswith("aws.dynamodb.")
    expected: type[DdAwsError] = Unreadable if is_table else AwsRefused if is_final else NotDone
    for number in range(MOST_CALLS):
        aws.fault, aws.fails_at, aws.calls = error, number, 0
        raised = error_of(name)
        if aws.calls <= number:
            assert number, f"{name} calls nothing: {raised!r}"
            break  # there are no more calls, or the skeleton response is not enough to continue
        assert type(raised) is expected, f"call {number + 1}: {raised!r}"


@pytest.mark.parametrize(
    "code",
    [
        "AccessDenied",
        "AccessDeniedException",
        "AccessDeniedFault",
        "AllAccessDisabled",
        "AuthFailure",
        "AuthorizationError",
        "AuthorizationErrorException",
        "KMS.AccessDeniedException",
        "KMSAccessDenied",
        "KmsAccessDenied",
        "MethodNotAllowed",
        "NotAuthorized",
        "OperationNotPermittedException",
        "OptInRequired",
        "SubscriptionRequiredException",
        "UnauthorizedAccess",
        "UnauthorizedOperation",
        "ValidationException",
    ],
)
def test_a_refusal_is_final_however_it_is_spelled(code: str) -> None:
    error = aws_errors.translated(refusal(code))
    assert isinstance(error, AwsRefused)
    assert code in error.reason


def test_an_explicit_deny_is_final_whatever_its_code() -> None:
    message = "User: x is not authorized to perform: s3:GetBucketAcl with an explicit deny in a resource control policy"
    assert isinstance(aws_errors.translated(refusal("Client.Denied", message)), AwsRefused)


def test_the_advice_names_the_action_and_every_policy_that_may_deny_it() -> None:
    error = aws_errors.translated(refusal("AccessDenied"))
    assert isinstance(error, AwsRefused)
    for words in ("SomeAction", "bucket policy", "SCP", "RCP", "permissions boundary"):
        assert words in error.next_step


@pytest.mark.parametrize(
    "error",
    [
        refusal("Throttling"),
        refusal("ThrottlingException"),
        refusal("ThrottledException"),
        refusal("RequestLimitExceeded"),
        refusal("RequestThrottled"),
        refusal("TooManyRequestsException"),
        refusal("SlowDown"),
        refusal("PriorRequestNotComplete"),
        refusal("InternalError"),
        refusal("InternalFailure"),
        refusal("ServiceUnavailable"),
        refusal("503"),
        refusal("ExpiredToken"),
        refusal("ExpiredTokenException"),
        refusal("UnrecognizedClientException"),
        refusal("InvalidClientTokenId"),
        refusal("RequestTimeTooSkewed"),
        refusal(""),
        ClientError({}, "SomeAction"),
        NoCredentialsError(),
        ResponseParserError("not XML"),
    ],
    ids=str,
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert type(aws_errors.translated(error)) is NotDone
    assert type(table_errors.translated(error)) is Unreadable


def test_a_call_that_botocore_does_not_send_is_never_tried_again() -> None:
    assert isinstance(aws_errors.translated(ParamValidationError(report="Invalid bucket name")), AwsRefused)


def test_a_part_of_the_foundation_that_is_missing_is_not_deployed() -> None:
    assert isinstance(queue_errors.translated(refusal("AWS.SimpleQueueService.NonExistentQueue")), NotDeployed)
    assert isinstance(queue_errors.translated(refusal("NotFound")), NotDeployed)
    assert isinstance(table_errors.translated(refusal("ResourceNotFoundException")), NotDeployed)
    assert not isinstance(aws_errors.translated(refusal("ResourceNotFoundException")), NotDeployed)


def test_a_method_that_a_treated_class_is_given_later_is_treated_as_well() -> None:
    @aws_errors
    class Gateway:
        def read(self) -> None:
            raise refusal("AccessDenied")

        def pages(self) -> Iterator[int]:
            yield 1
            raise refusal("Throttling")

    with pytest.raises(AwsRefused):
        Gateway().read()
    pages = Gateway().pages()
    assert next(pages) == 1
    with pytest.raises(NotDone):
        next(pages)


def test_other_errors_pass_as_they_are() -> None:
    with pytest.raises(BadInput), aws_errors:
        raise BadInput("field", 1, "2")
    with pytest.raises(KeyError), aws_errors:
        raise KeyError("x")
