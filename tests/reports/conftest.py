"""Each situation has an account and a container of its own, and a server that stands for Slack."""

from tests.handlers.conftest import account, clients
from tests.notify.slack_server import slack
from tests.peer_defects.conftest import container

__all__ = ["account", "clients", "container", "slack"]
