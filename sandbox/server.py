"""``python -m sandbox.server FOLDER``: the one long-lived process of a sandbox, parent of the emulator's.

With ``--with-parent`` it ends when standard input does: the sandbox then lives no longer than who started it.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from sandbox import botocore_data, lock, wsgi
from sandbox.awsconfig import ConfigService, Limits
from sandbox.clients import Clients
from sandbox.emulator.process import Emulator
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.front import Front, Service
from sandbox.front.cloudtrail import LAG, CloudTrail
from sandbox.front.config import Config
from sandbox.front.iam import EmulatorIam
from sandbox.front.s3control import S3Control
from sandbox.front.service_quotas import ServiceQuotas
from sandbox.front.trail import FrontTrail
from sandbox.lifeline import when_parent_ends
from sandbox.slack.receiver import Receiver
from sandbox.state import Running, State

CONFIG_CALLS = ("ec2", "s3", "s3control", "lambda", "sns", "events")
"""The services that AWS Config itself calls."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--with-parent", is_flag=True)
@click.option("--largest-notification", default=Limits().notification_bytes)
@click.option("--trail-lag", default=LAG)
def main(folder: Path, *, with_parent: bool, largest_notification: int, trail_lag: float) -> None:
    """Run a sandbox in FOLDER until SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    if with_parent:
        when_parent_ends(ended.set)
    state = State.at(folder)
    with lock.take(state.lock):
        state.prepare()
        with serving(state, Limits(notification_bytes=largest_notification), trail_lag) as running:
            state.announce(running)
            ended.wait()
        state.clean_up()


@contextmanager
def serving(state: State, limits: Limits, trail_lag: float) -> Iterator[Running]:
    """Everything, up and ready; and all of it ended afterwards."""
    emulator = Emulator(state)
    try:
        botocore_data.write(state.botocore_data)
        slack = wsgi.listen(Receiver(state.slack_posts))
        services = Front(EmulatorIam(emulator.address), FrontTrail(state.trail), *_services(state, trail_lag))
        front = wsgi.listen(services)
        emulator.wait_until_ready()
        with _config(Clients(state, emulator.address, wsgi.address(front)), limits) as config:
            services.add(config)
            yield Running(os.getpid(), emulator.address, wsgi.address(front), wsgi.address(slack))
    finally:
        emulator.stop()


@contextmanager
def _config(clients: Clients, limits: Limits) -> Iterator[Service]:
    """AWS Config, polling."""
    called = {name: clients(name) for name in CONFIG_CALLS}
    service = ConfigService.for_account(ACCOUNT_ID, REGION, called, limits=limits)
    service.start()
    try:
        yield Config(service)
    finally:
        service.stop()


def _services(state: State, trail_lag: float) -> tuple[Service, ...]:
    return _ec2(), S3Control(), ServiceQuotas(), CloudTrail(state.trail, trail_lag)


def _ec2() -> Service:
    """EC2; moto reads its settings when it is first imported."""
    os.environ.update(MOTO_ACCOUNT_ID=ACCOUNT_ID, MOTO_EC2_LOAD_DEFAULT_AMIS="false")
    from sandbox.front.ec2 import Ec2

    return Ec2()


if __name__ == "__main__":
    main()
