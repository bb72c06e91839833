"""EC2, emulated by moto, which stores security group rules one by one as EC2 does."""

import io
import re
from collections.abc import Iterator, Mapping
from html import escape
from uuid import uuid4

from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug import Request, Response

from sandbox.environment import ACCOUNT_ID
from sandbox.front.signed import Operation, Refusal

NAMED_BY = {"GroupId": "security-group", "PrefixListId": "prefix-list"}
TAGGED = re.compile(r"TagSpecification\.\d+\.ResourceType")


class Ec2:
    """EC2's query protocol.

    Authorized on the security group or prefix list that the request names, and on ``*`` where it names none, as are all
    Describe actions on AWS; where it tags what it makes, on what it makes, too. Of EC2's condition keys only
    ``ec2:CreateAction`` is known here: a policy that needs another (``ec2:Vpc``, tags) allows nothing.
    """

    scope = "ec2"

    def __init__(self) -> None:
        self._moto = create_backend_app("ec2")

    def operation(self, request: Request, region: str) -> Operation:
        _keep_body(request)
        name = request.form.get("Action", "")
        additional = tuple(_tagging(request.form, name, region))
        return Operation(name, f"ec2:{name}", _resource(request.form, name, region), additional=additional)

    def answer(self, request: Request, operation: Operation, caller: str) -> Response:
        del operation, caller
        _keep_body(request)
        return Response.from_app(self._moto, request.environ)

    def refusal(self, refusal: Refusal) -> Response:
        code, status = ("UnauthorizedOperation", 403) if refusal.authenticated else ("AuthFailure", 401)
        error = f"<Error><Code>{code}</Code><Message>{escape(_wording(refusal))}</Message></Error>"
        body = f"<Response><Errors>{error}</Errors><RequestID>{uuid4()}</RequestID></Response>"
        return Response(body, status, content_type="text/xml")


def _resource(form: Mapping[str, str], name: str, region: str) -> str:
    if not name.startswith("Describe"):
        for field, kind in NAMED_BY.items():
            if field in form:
                return f"arn:aws:ec2:{region}:{ACCOUNT_ID}:{kind}/{form[field]}"
    return "*"


def _tagging(form: Mapping[str, str], name: str, region: str) -> Iterator[Operation]:
    """The authorization to tag a resource on creation, when it has no ID yet.

    Source: Amazon EC2 User Guide, "Grant permission to tag Amazon EC2 resources during creation".
    """
    for field, kind in form.items():
        if TAGGED.fullmatch(field):
            made = f"arn:aws:ec2:{region}:{ACCOUNT_ID}:{kind}/*"
            yield Operation(name, f"ec2:{name}", made)
            yield Operation("CreateTags", "ec2:CreateTags", made, {"ec2:CreateAction": name})


def _keep_body(request: Request) -> None:
    """Let the body be read once more, from its beginning."""
    request.environ["wsgi.input"] = io.BytesIO(request.get_data(cache=True))


def _wording(refusal: Refusal) -> str:
    if refusal.authenticated:
        return f"You are not authorized to perform this operation. {refusal.message}"
    return "AWS was not able to validate the provided access credentials"
