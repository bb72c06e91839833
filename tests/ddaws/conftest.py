"""A small project, an account by moto, and the two together as a target."""

import copy
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from ddaws.account import Account
from ddaws.deploy import chalice_command
from ddaws.plan import Target
from ddaws.stage import Stage
from tests.ddaws.fakes import FakeAccount
from tests.ddaws.small_project import APP, CONFIG, POLICY

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the stages `dev` (auto-response off) and `dev-2` (on), and the repository's infrastructure."""
    return write_project(tmp_path / "project")


def write_project(folder: Path) -> Path:
    (folder / ".chalice").mkdir(parents=True)
    (folder / ".chalice" / "config.json").write_text(json.dumps(CONFIG))
    (folder / ".chalice" / "policy.json").write_text(json.dumps(POLICY))
    (folder / "app.py").write_text(APP)
    (folder / "requirements.txt").touch()
    shutil.copytree(REPOSITORY / "infrastructure", folder / "infrastructure")
    return folder


@pytest.fixture(scope="package")
def moto_account() -> Iterator[tuple[Any, Account]]:
    """One mock and one account for all tests here: making boto3's clients is what takes time."""
    mock = mock_aws(config={"lambda": {"use_docker": False}, "iam": {"load_aws_managed_policies": False}})
    with mock:
        yield mock, Account.connect()


@pytest.fixture
def account(moto_account: tuple[Any, Account]) -> Iterator[Account]:
    """The account, empty."""
    mock, account = moto_account
    yield account
    mock.reset()


@pytest.fixture
def target(project: Path, account: Account) -> Target:
    return Target(Stage.read(project, "dev"), account)


@pytest.fixture(scope="package")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Chalice's models of the project's app by stage; asking for them takes a second."""
    folder = write_project(tmp_path_factory.mktemp("models"))
    account = FakeAccount()
    return {stage: chalice_command.app_model(Target(Stage.read(folder, stage), account)) for stage in ("dev", "dev-2")}


@pytest.fixture
def model(models: dict[str, Any]) -> dict[str, Any]:
    """Chalice's model of the stage `dev`, to be changed at will."""
    return copy.deepcopy(models["dev"])
