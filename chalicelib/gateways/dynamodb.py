"""What the gateways to our DynamoDB tables share: AWS's errors in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import AwsRefused, NotDeployed, NotDone
from chalicelib.gateways.clients import code

_CREATE_IT = "Create the table (infrastructure/foundation.yaml has it): deploy the stage."
_ALLOW_IT = "Allow the function's role to use the table (.chalice/policies has what it needs)."
_REFUSED = frozenset({"AccessDeniedException", "ValidationException"})


@contextmanager
def translated() -> Iterator[None]:
    """AWS's errors in our words; a failed condition is an answer, and stays as it is.

    Raises
    ------
    NotDeployed
        There is no such table.
    AwsRefused
        Our role may not use the table, or DynamoDB does not understand us.
    NotDone
        Anything else, which may be over later.
    """
    try:
        yield
    except ClientError as error:
        if code(error) == "ConditionalCheckFailedException":
            raise
        if code(error) == "ResourceNotFoundException":
            raise NotDeployed(f"{error}. Next step: {_CREATE_IT}") from error
        if code(error) in _REFUSED:
            raise AwsRefused(f"{error}.", _ALLOW_IT) from error
        raise NotDone(str(error)) from error
    except BotoCoreError as error:
        raise NotDone(str(error)) from error
