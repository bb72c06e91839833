"""Chalice's own commands: what they answer, and what they leave."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from chalicelib.chalice_cli import NOTHING_TO_SERVE
from ddaws.deploy.chalice_command import CHALICE
from tests.infrastructure.declarations import FUNCTIONS, PROJECT, STAGES

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}


def environment(**variables: str) -> dict[str, str]:
    kept = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**kept, **CREDENTIALS, **variables}


@pytest.fixture(params=[(), ("--no-autoreload",)], ids=["autoreload", "no-autoreload"])
def local(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """``chalice local``: its address, and what it has printed."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    printed = tmp_path / "printed"
    command = ("-m", "chalice.cli", "local", "--stage", "dev", "--port", str(port), *request.param)
    script = tmp_path / "chalice"  # as it is installed: the reloader starts it again by its name
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom chalice.cli import main\nsys.exit(main())\n")
    script.chmod(0o755)
    with printed.open("wb") as output:
        process = subprocess.Popen(
            (sys.executable, str(script), *command[2:]),
            cwd=PROJECT,
            env=environment(),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            wait_for(port, process)
            yield f"http://127.0.0.1:{port}", printed
        finally:
            os.killpg(process.pid, 9)
            process.wait()


def wait_for(port: int, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail("chalice local does not listen")


def test_chalice_local_says_on_every_path_why_there_is_nothing_to_see(local: tuple[str, Path]) -> None:
    address, printed = local
    for path in ("/", "/functions", "/2015-03-31/functions/notifier/invocations"):
        answer = urllib3.request("GET", f"{address}{path}", retries=False, timeout=10)
        assert (answer.status, answer.json()["Message"]) == (404, NOTHING_TO_SERVE)
    assert NOTHING_TO_SERVE in printed.read_text()


@pytest.mark.parametrize("worker", [{}, {"CHALICE_WORKER": "true"}])
def test_no_other_command_sees_a_route(worker: dict[str, str]) -> None:
    program = (
        "import json, sys; sys.path.insert(0, '.'); import chalice.cli, app; "
        "print(json.dumps([sorted(app.app.routes), sorted(app.app.handler_map)]))"
    )
    variables = {"STAGE": "dev", "ENABLE_AUTO_RESPONSE": "false", **worker}
    done = subprocess.run(
        (sys.executable, "-c", program, "local"),
        cwd=PROJECT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [[], sorted(FUNCTIONS)]
    assert NOTHING_TO_SERVE not in done.stderr


def chalice(*arguments: str, endpoint: str = "", project: Path = PROJECT) -> "subprocess.CompletedProcess[str]":
    variables = {"AWS_ENDPOINT_URL": endpoint} if endpoint else {}
    return subprocess.run(
        (*CHALICE, "--project-dir", str(project), *arguments),
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.e2e
def test_chalice_deploy_before_the_foundation_creates_nothing_and_says_what_to_run(emulator: Any) -> None:
    done = chalice("deploy", "--stage", "prod", endpoint=emulator("sqs").meta.endpoint_url)

    assert done.returncode == 1
    assert "The foundation of stage prod is not deployed" in done.stderr
    assert "Run ddaws deploy --stage prod" in done.stderr
    assert "Traceback" not in done.stderr
    assert emulator("lambda").list_functions()["Functions"] == []
    assert emulator("iam").list_roles()["Roles"] == []


@pytest.mark.parametrize("stage", STAGES)
def test_a_packaged_app_has_the_names_of_a_deployed_one(stage: str, tmp_path: Path) -> None:
    names = PROJECT / ".chalice" / "package" / f"{stage}.json"
    project = tmp_path / "project"  # a folder of its own: Chalice leaves its packages in it
    left_out = shutil.ignore_patterns(".git", ".venv", "deployments", "deployed", ".*_cache")
    shutil.copytree(PROJECT, project, ignore=left_out)
    (project / "requirements.txt").write_text("")

    done = chalice("package", "--stage", stage, "--merge-template", str(names), str(tmp_path), project=project)

    assert done.returncode == 0, done.stderr
    resources = json.loads((tmp_path / "sam.json").read_text())["Resources"].values()
    functions = [each["Properties"] for each in resources if each["Type"] == "AWS::Serverless::Function"]
    roles = [each["Properties"] for each in resources if each["Type"] == "AWS::IAM::Role"]
    expected = {f"dd-aws-{stage}-{function}" for function in FUNCTIONS}
    assert {each["FunctionName"] for each in functions} == {each["RoleName"] for each in roles} == expected
    assert not any(each["Type"].startswith("AWS::Serverless::Api") for each in resources)
    for each in roles:
        [policy] = each["Policies"]
        source = PROJECT / ".chalice" / "policies" / stage / f"{each['RoleName'].rpartition('-')[2]}.json"
        assert policy["PolicyDocument"] == json.loads(source.read_text())
