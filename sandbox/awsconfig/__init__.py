"""A small AWS Config: recorder -> configuration item -> rule function -> PutEvaluations -> compliance notification.

For trying any custom Config rule without an AWS account: :class:`ConfigService` answers AWS Config's API, polls the
resource types in :mod:`sandbox.awsconfig.resource_types` and invokes rule functions with AWS Config's own events.
"""

from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.resource import Account
from sandbox.awsconfig.service import ConfigService
from sandbox.awsconfig.state import Limits, Outside

__all__ = ["Account", "ConfigError", "ConfigService", "Limits", "Outside"]
