"""Tags of rules and of the recorder."""

from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.pages import page
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.state import State


def list_tags(state: State, request: Json) -> Json:
    tags = [{"Key": key, "Value": value} for key, value in _tags(state, request).items()]
    shown, token = page(tags, request.get("NextToken"), request.get("Limit") or 50)
    return {"Tags": list(shown), "NextToken": token}


def tag(state: State, request: Json) -> Json:
    tags = _tags(state, request) | {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    if len(tags) > 50:
        raise ConfigError("TooManyTagsException", "You have reached the limit of the number of tags you can use.")
    state.tags[request["ResourceArn"]] = tags
    return {}


def untag(state: State, request: Json) -> Json:
    tags = _tags(state, request)
    for key in request["TagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(state: State, request: Json) -> dict[str, str]:
    arn = request["ResourceArn"]
    if arn not in state.tags:
        raise ConfigError("ResourceNotFoundException", f"ResourceArn '{arn}' does not exist")
    return state.tags[arn]


ACTIONS = {"ListTagsForResource": list_tags, "TagResource": tag, "UntagResource": untag}
