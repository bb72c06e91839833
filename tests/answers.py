"""AWS's answers where the emulator has none, or another: a call is answered by the service model, and never sent."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.model import OperationModel
from botocore.validate import ParamValidator

from chalicelib.aws.clients import HURRIED, PATIENT, client
from chalicelib.investigation.read import FEW_RETRIES

ACCOUNT, REGION = "123456789012", "eu-west-1"
Answer = Mapping[str, Any]


def refusal(code: str, message: str = "no") -> dict[str, Any]:
    """An error, as the service model has it."""
    return {"Error": {"Code": code, "Message": message}}


@contextmanager
def answered(
    service: str, operation: str, answer: Callable[[Mapping[str, Any]], Answer | None], account_id: str = ACCOUNT
) -> Iterator[None]:
    """Answer `operation` of our own client by `answer`, which is given the request; None lets the call go on."""
    meta = _client(service, account_id).meta
    events = meta.events
    event = f"before-call.{meta.service_model.service_id.hyphenize()}.{operation}"

    def reply(params: Mapping[str, Any], model: OperationModel, **_: Any) -> tuple[Any, Answer] | None:
        said = answer(params)
        if said is None:
            return None
        status = 400 if "Error" in said else 200
        if status == 200:
            demand_possible(said, model)
        return type("Response", (), {"status_code": status, "headers": {}})(), said

    events.register_first(event, reply)
    try:
        yield
    finally:
        events.unregister(event, reply)


def demand_possible(answer: Answer, model: OperationModel) -> None:
    """Check the answer against the service model."""
    wrong = ParamValidator().validate(answer, model.output_shape) if model.output_shape else None
    assert not (wrong and wrong.has_errors()), wrong and wrong.generate_report()


@contextmanager
def policy_status(is_public: bool | None) -> Iterator[None]:
    """S3's own policy status of the bucket; None if it has none."""
    status = {} if is_public is None else {"IsPublic": is_public}
    with answered("s3", "GetBucketPolicyStatus", lambda _: {"PolicyStatus": status}):
        yield


@contextmanager
def calls(*services: str, account_id: str = ACCOUNT) -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    """Every call that our own clients make: its operation, and its parameters as we gave them."""
    made: list[tuple[str, Mapping[str, Any]]] = []

    def note(params: Mapping[str, Any], model: Any, **_: Any) -> None:
        made.append((model.name, dict(params)))

    events = [_client(service, account_id).meta.events for service in services]
    for each, service in zip(events, services, strict=True):
        each.register_first(_params_of(service, account_id), note)
    try:
        yield made
    finally:
        for each, service in zip(events, services, strict=True):
            each.unregister(_params_of(service, account_id), note)


def _params_of(service: str, account_id: str) -> str:
    """The event's name: botocore writes `s3-control` there, and `s3control` elsewhere."""
    return f"provide-client-params.{_client(service, account_id).meta.service_model.service_id.hyphenize()}"


def _client(service: str, account_id: str) -> Any:
    """The very client that our functions use."""
    config = {"dynamodb": HURRIED, "cloudtrail": FEW_RETRIES}.get(service, PATIENT)
    return client(service, account_id, REGION) if config is PATIENT else client(service, account_id, REGION, config)
