"""Builds the gateways lazily, once per container. Only this package knows the concrete classes.

Each class implements the Protocol of one flow.
"""

from functools import cache

from chalicelib.settings import Settings
from chalicelib.wiring.coordinator import CoordinatorGateways
from chalicelib.wiring.evaluator import EvaluatorGateways
from chalicelib.wiring.investigator import InvestigatorGateways
from chalicelib.wiring.notifier import NotifierGateways
from chalicelib.wiring.remediator import RemediatorGateways
from chalicelib.wiring.shared import HUB


class Wiring:
    """The gateways of every flow of one stage, each built at first use."""

    def __init__(self, settings: Settings) -> None:
        self.notifier = NotifierGateways(settings)
        self.evaluator = EvaluatorGateways(settings)
        self.coordinator = CoordinatorGateways(settings)
        self.investigator = InvestigatorGateways(settings)
        self.remediator = cache(lambda name: RemediatorGateways(settings, name))


__all__ = ["HUB", "RemediatorGateways", "Wiring"]
