"""The configuration recorder: which resource types AWS Config records, and how often."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.awsconfig.resource import Json

type Frequency = Literal["CONTINUOUS", "DAILY"]
GLOBAL_IAM_TYPES = {"AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User"}


@dataclass
class Recorder:
    """The customer managed configuration recorder.

    Attributes
    ----------
    definition : dict
        ``ConfigurationRecorder`` as DescribeConfigurationRecorders answers it, complete.
    status : dict
        The times and the last status of ``ConfigurationRecorderStatus``.
    recorded : dict
        Resource type -> when it was last looked at, for types recorded daily.
    """

    definition: Json
    status: Json
    recording: bool = False
    recorded: dict[str, datetime] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.definition["name"])

    @property
    def role_arn(self) -> str:
        return str(self.definition["roleARN"])

    def frequency_of(self, resource_type: str) -> Frequency | None:
        """How often this type is recorded while the recorder runs; None: not at all."""
        if not self._includes(resource_type):
            return None
        mode = self.definition["recordingMode"]
        for override in mode["recordingModeOverrides"]:
            if resource_type in override["resourceTypes"]:
                return _frequency(override)
        return _frequency(mode)

    def _includes(self, resource_type: str) -> bool:
        group = self.definition["recordingGroup"]
        match group["recordingStrategy"]["useOnly"]:
            case "INCLUSION_BY_RESOURCE_TYPES":
                return resource_type in group["resourceTypes"]
            case "EXCLUSION_BY_RESOURCE_TYPES":
                return resource_type not in group["exclusionByResourceTypes"]["resourceTypes"]
        return resource_type not in GLOBAL_IAM_TYPES or bool(group["includeGlobalResourceTypes"])


def _frequency(mode: Json) -> Frequency:
    return "DAILY" if mode["recordingFrequency"] == "DAILY" else "CONTINUOUS"
