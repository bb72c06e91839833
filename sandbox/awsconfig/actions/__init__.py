"""AWS Config's API, one file per group of actions: each defines ``ACTIONS``, the action's name -> what answers it.

An action gets the state, whose lock it holds, and a checked request; it returns the answer or raises ConfigError.
"""

from collections.abc import Callable

from sandbox.awsconfig.actions import (
    channels,
    compliance,
    evaluations,
    history,
    recorders,
    rules,
    tags,
)
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.state import State

ACTIONS: dict[str, Callable[[State, Json], Json]] = {
    **recorders.ACTIONS,
    **channels.ACTIONS,
    **history.ACTIONS,
    **rules.ACTIONS,
    **evaluations.ACTIONS,
    **compliance.ACTIONS,
    **tags.ACTIONS,
}
