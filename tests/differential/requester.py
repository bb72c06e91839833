"""Sends the probes over plain HTTP: unsigned, or signed by an account or by our user."""

import http.client
from http import HTTPStatus
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox import Sandbox
from sandbox.environment import REGION
from tests.differential.callers import BUCKET, PARTNER, READER, STRANGER, Caller, Probe


class Requester:
    """Every caller at once; connections stay open.

    The emulator knows any account's root user by the account's number, and our user by the key that is made here.
    """

    def __init__(self, box: Sandbox) -> None:
        self._aws = box.running.aws
        self._keys = {
            READER: _key_of_our_user(box),
            **{caller: Credentials(str(caller.account_id), "any") for caller in (STRANGER, PARTNER)},
        }
        self._connections: dict[str, http.client.HTTPConnection] = {}

    def lets_in(self, caller: Caller, probe: Probe) -> bool:
        """Whether the bucket allows `probe` for `caller`; any other response fails the test."""
        path = f"/{BUCKET}{probe.path}"
        connection = self._connection(caller.address)
        connection.request(probe.method, path, headers=self._headers(caller, probe.method, path))
        answer = connection.getresponse()
        body = answer.read()
        is_admitted = answer.status == probe.status
        is_refused = answer.status == HTTPStatus.FORBIDDEN and b"<Code>AccessDenied</Code>" in body
        assert is_admitted != is_refused, f"{probe.action} for {caller.name}: {answer.status} {body!r}"
        return is_admitted

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _headers(self, caller: Caller, method: str, path: str) -> dict[str, str]:
        if caller not in self._keys:
            return dict(caller.headers)
        request = AWSRequest(method, self._aws + path, headers=caller.headers)
        S3SigV4Auth(self._keys[caller], "s3", REGION).add_auth(request)
        return dict(request.headers.items())

    def _connection(self, address: str) -> http.client.HTTPConnection:
        if address not in self._connections:
            host = urlsplit(self._aws).netloc
            self._connections[address] = http.client.HTTPConnection(host, timeout=60, source_address=(address, 0))
        return self._connections[address]


def _key_of_our_user(box: Sandbox) -> Credentials:
    iam = box.client("iam")
    name = READER.context["aws:username"]
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])
