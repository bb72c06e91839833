"""The story's chapters, each played once, in the order in which they need each other."""

from collections.abc import Generator, Iterator

import pytest

from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.project import change_stage_environment
from tests.ddaws.inventory import inventory
from tests.e2e import (
    chapter_burst,
    chapter_decisions,
    chapter_end,
    chapter_modes,
    chapter_off,
    chapter_on,
    chapter_otherwise,
    chapter_regrets,
    chapter_trouble,
    chapter_who,
    fighting,
)
from tests.e2e.chapter_burst import Burst
from tests.e2e.chapter_decisions import Decisions
from tests.e2e.chapter_end import Destroyed, Forbidden, Inventory, OffAgain
from tests.e2e.chapter_modes import Modes
from tests.e2e.chapter_off import WhileOff
from tests.e2e.chapter_on import Healed
from tests.e2e.chapter_otherwise import Otherwise
from tests.e2e.chapter_regrets import Regrets
from tests.e2e.chapter_trouble import Trouble
from tests.e2e.chapter_who import Asked, Who
from tests.e2e.planting import LARGEST_NOTIFICATION
from tests.e2e.state import state_of

RUNNING = pytest.StashKey[Sandbox]()
SHOWN = pytest.StashKey[bool]()


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("story"), largest_notification=LARGEST_NOTIFICATION) as box:
        pytestconfig.stash[RUNNING] = box
        yield box
        del pytestconfig.stash[RUNNING]


@pytest.fixture(scope="session")
def before(box: Sandbox) -> Inventory:
    """The account's resources before the deployment."""
    return inventory(box)


@pytest.fixture(scope="session")
def deployment(box: Sandbox, before: Inventory, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A working copy, with auto-response off and what is off elsewhere on."""
    deployment = Deployment(box, tmp_path_factory.mktemp("project") / "copy")
    change_stage_environment(deployment.project, {"ALLOW_EXEMPT_TAG": "true"})
    return deployment


@pytest.fixture(scope="session")
def while_off(box: Sandbox, deployment: Deployment) -> WhileOff:
    return chapter_off.play(box, deployment)


@pytest.fixture(scope="session")
def healed(box: Sandbox, deployment: Deployment, while_off: WhileOff) -> Healed:
    return chapter_on.play(box, deployment, while_off.planted)


@pytest.fixture(scope="session")
def otherwise(box: Sandbox, healed: Healed) -> Otherwise:
    return chapter_otherwise.play(box)


@pytest.fixture(scope="session")
def asked(box: Sandbox, otherwise: Otherwise) -> Asked:
    return chapter_who.play_asked(box)


@pytest.fixture(scope="session")
def trouble(box: Sandbox, asked: Asked) -> Trouble:
    """Slack is down in here, so whoever is told of in it must have been asked about less than five minutes before."""
    return chapter_trouble.play(box)


@pytest.fixture(scope="session")
def decisions(box: Sandbox, deployment: Deployment, trouble: Trouble) -> Decisions:
    return chapter_decisions.play(box, deployment)


@pytest.fixture(scope="session")
def regrets(
    box: Sandbox, deployment: Deployment, healed: Healed, otherwise: Otherwise, decisions: Decisions
) -> Regrets:
    leaks = healed.planted.leaks
    fixed = (leaks["policy"], leaks["acl"], otherwise.group, otherwise.bucket)
    return chapter_regrets.play(box, deployment, fixed, leaks["policy with nothing else"], decisions.exempt)


@pytest.fixture(scope="session")
def burst(box: Sandbox, deployment: Deployment, decisions: Decisions, regrets: Regrets) -> Burst:
    return chapter_burst.play(box, deployment, decisions.limited)


@pytest.fixture(scope="session")
def modes(box: Sandbox, deployment: Deployment, burst: Burst) -> Modes:
    return chapter_modes.play(box, deployment)


@pytest.fixture(scope="session")
def who(box: Sandbox, asked: Asked, modes: Modes) -> Who:
    return chapter_who.play_told(box, asked)


@pytest.fixture(scope="session")
def who_fights(box: Sandbox, regrets: Regrets, who: Who) -> list[str]:
    """What Slack says of who opened the group that was fought about, once it says that it was Terraform."""
    return fighting.wait_until_told_of(box, regrets.fight.group)


@pytest.fixture(scope="session")
def off_again(box: Sandbox, deployment: Deployment, who_fights: list[str]) -> OffAgain:
    return chapter_end.play_off_again(box, deployment)


@pytest.fixture(scope="session")
def forbidden(box: Sandbox, off_again: OffAgain) -> Forbidden:
    return chapter_end.play_forbidden(box, off_again.late)


@pytest.fixture(scope="session")
def destroyed(box: Sandbox, deployment: Deployment, before: Inventory, forbidden: Forbidden) -> Destroyed:
    return chapter_end.play_destroyed(box, deployment, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the state of the account beneath the first failure; those after it mostly follow from it."""
    report = yield
    box = item.config.stash.get(RUNNING, None)
    if report.failed and box and not item.config.stash.get(SHOWN, False):
        item.config.stash[SHOWN] = True
        report.sections.append(("state of the account", state_of(box)))
    return report
