"""A local AWS account for demonstrations and end-to-end tests: IAM enforced, nothing leaves this machine."""

from sandbox.box import Sandbox
from sandbox.errors import SandboxError

__all__ = ["Sandbox", "SandboxError"]
