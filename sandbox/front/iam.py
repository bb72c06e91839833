"""Asks the emulator's IAM before anything is forwarded."""

from dataclasses import dataclass
from typing import Protocol

import urllib3
from werkzeug import Request

from sandbox.emulator.authorize import PATH, Question
from sandbox.front.signed import Credential, Operation, Refusal


@dataclass(frozen=True)
class Verdict:
    """The caller's ARN, and the reason for a refusal, if any."""

    caller: str
    refusal: Refusal | None


class Iam(Protocol):
    """Decides whether a caller may do something."""

    def judge(self, request: Request, credential: Credential, operation: Operation) -> Verdict: ...


class EmulatorIam:
    """The IAM of the emulator at `endpoint`, which sees the request as its sender signed it."""

    def __init__(self, endpoint: str) -> None:
        self._url = endpoint + PATH
        self._http = urllib3.PoolManager(maxsize=16, retries=False)

    def judge(self, request: Request, credential: Credential, operation: Operation) -> Verdict:
        question = Question(
            access_key=credential.access_key,
            region=credential.region,
            service=credential.service,
            action=operation.action,
            resource=operation.resource,
            context=dict(operation.context),
            method=request.method,
            path=str(request.environ["RAW_URI"]).partition("?")[0],
            query=request.query_string.decode("latin-1"),
            headers=[(name, value) for name, value in request.headers.items()],
            body=request.get_data(),
        )
        answer = self._http.request("POST", self._url, body=question.to_json()).json()
        refusal = answer["refusal"]
        return Verdict(answer["caller"] or "", Refusal(**refusal) if refusal else None)
