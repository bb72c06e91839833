"""What can go wrong with the sandbox itself."""


class SandboxError(Exception):
    """The sandbox could not be started, found or used; the message says what to do."""
