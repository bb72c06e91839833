"""``python -m sandbox.emulator SOCKET CALLS TRAIL``: serve ministack on a socket that the parent process opened.

When the parent ends, however it ends, the emulator and the functions that it runs end too.
"""

import asyncio
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from sandbox.emulator import decisions, lambda_logs
from sandbox.emulator.authorize import Authorizer
from sandbox.emulator.lambda_guard import LambdaGuard
from sandbox.emulator.s3_trail import S3Trail
from sandbox.emulator.size_guard import SizeGuard
from sandbox.lifeline import when_parent_ends


def main(socket: str, calls: str, trail: str) -> None:
    when_parent_ends(lambda: os.killpg(0, signal.SIGKILL))
    record = Path(calls)
    decisions.record(record)
    ministack = importlib.import_module("ministack.app")
    lambda_logs.guard(record)
    config = Config()
    config.bind = [f"fd://{socket}"]
    config.keep_alive_timeout = 75
    application: Any = Authorizer(SizeGuard(LambdaGuard(S3Trail(ministack.app, Path(trail)), record)))
    asyncio.run(serve(application, config))


if __name__ == "__main__":
    main(*sys.argv[1:])
