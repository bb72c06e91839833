"""WSGI applications on loopback ports that the system chooses."""

import threading
from typing import TYPE_CHECKING

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class QuietHandler(WSGIRequestHandler):
    """Logs errors alone, not each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        del code, size


def listen(application: "WSGIApplication") -> BaseWSGIServer:
    """Serve an application from a thread of its own until its server is shut down."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=QuietHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def address(server: BaseWSGIServer) -> str:
    return f"http://127.0.0.1:{server.port}"
