"""Deployments for real, into a sandbox: begun, interrupted, repeated, changed, repaired and taken away."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.box import Sandbox
from sandbox.project import change_stage_environment
from tests.ddaws.inventory import inventory

pytestmark = pytest.mark.e2e
REPOSITORY = Path(__file__).parents[2]
FUNCTIONS = {
    "notifier",
    "coordinator",
    "evaluate_security_group",
    "evaluate_s3_bucket",
    "remediate_security_group",
    "remediate_s3_bucket",
    "investigator",
}
SCHEDULE = "dd-aws-sandbox-coordinator-event"
DESTROY = ("destroy", "--yes", "--delete-history")


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox.start(tmp_path_factory.mktemp("box") / "state") as box:
        yield box


@pytest.fixture(scope="module")
def project(box: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return box.project(tmp_path_factory.mktemp("project") / "project")


class Operator:
    """Somebody at a command line."""

    def __init__(self, box: Sandbox, project: Path) -> None:
        self.box, self.project = box, project

    def does(self, verb: str, *options: str) -> str:
        """Run a verb to its end; what it printed."""
        done = subprocess.run(**self._command(verb, *options), capture_output=True, check=False)
        output: str = done.stdout.decode()
        assert done.returncode == 0, output + done.stderr.decode()
        return output

    def begins(self, verb: str) -> subprocess.Popen[bytes]:
        """Start a verb, in a process group of its own."""
        return subprocess.Popen(**self._command(verb), start_new_session=True, stdout=subprocess.DEVNULL)

    def _command(self, verb: str, *options: str) -> dict[str, Any]:
        command = (sys.executable, "-m", "ddaws", verb, "--stage", "sandbox", "--project-dir", str(self.project))
        return {"args": (*command, *options), "env": {**os.environ, **self.box.environment}, "cwd": REPOSITORY}


@pytest.fixture
def operator(box: Sandbox, project: Path) -> Operator:
    change_stage_environment(project, {"ENABLE_AUTO_RESPONSE": "true"})
    return Operator(box, project)


@pytest.fixture
def deployed(operator: Operator) -> Operator:
    """An operator whose stage is deployed, with auto-response on."""
    operator.does("deploy")
    return operator


def functions(box: Sandbox) -> set[str]:
    return {item["FunctionName"].rpartition("-")[2] for item in box.client("lambda").list_functions()["Functions"]}


def event_sources(box: Sandbox) -> list[str]:
    mappings = box.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    return sorted(mapping["FunctionArn"].rpartition("-")[2] for mapping in mappings)


def schedules(box: Sandbox) -> list[str]:
    return [rule["Name"] for rule in box.client("events").list_rules()["Rules"]]


def kill_once_an_event_source_is_there(operator: Operator) -> None:
    deployment = operator.begins("deploy")
    deadline = time.monotonic() + 60
    while not event_sources(operator.box):
        assert time.monotonic() < deadline, "no event source after a minute"
        assert deployment.poll() is None, "the deployment ended before it could be interrupted"
        time.sleep(0.05)
    os.killpg(deployment.pid, signal.SIGKILL)
    deployment.wait()


def test_a_deployment_killed_in_the_middle_of_chalice_is_taken_up_without_duplicates(operator: Operator) -> None:
    operator.does(*DESTROY)
    kill_once_an_event_source_is_there(operator)

    operator.does("deploy")

    assert event_sources(operator.box) == ["investigator", "remediate_s3_bucket", "remediate_security_group"]
    assert functions(operator.box) == FUNCTIONS
    assert "Nothing to do" in operator.does("deploy")


def test_a_deployment_killed_in_the_middle_of_chalice_is_removed_completely(operator: Operator) -> None:
    operator.does(*DESTROY)
    before = inventory(operator.box)
    kill_once_an_event_source_is_there(operator)

    operator.does(*DESTROY)

    assert inventory(operator.box) == before


def test_a_second_deployment_finds_nothing_to_do_and_skips_chalice(deployed: Operator) -> None:
    output = deployed.does("deploy")

    assert "Chalice skipped" in output
    assert "Nothing to do: everything is deployed as declared." in output


def test_from_a_fresh_clone_the_schedule_goes_and_comes_with_auto_response(deployed: Operator) -> None:
    (deployed.project / ".chalice" / "deployed" / "sandbox.json").unlink()
    change_stage_environment(deployed.project, {"ENABLE_AUTO_RESPONSE": "false"})

    deployed.does("deploy")
    assert SCHEDULE not in schedules(deployed.box)
    assert functions(deployed.box) == FUNCTIONS

    change_stage_environment(deployed.project, {"ENABLE_AUTO_RESPONSE": "true"})
    deployed.does("deploy")
    assert SCHEDULE in schedules(deployed.box)
    assert event_sources(deployed.box) == ["investigator", "remediate_s3_bucket", "remediate_security_group"]


def test_what_was_changed_by_hand_is_put_right(deployed: Operator) -> None:
    client = deployed.box.client("lambda")
    client.put_function_concurrency(FunctionName="dd-aws-sandbox-coordinator", ReservedConcurrentExecutions=0)
    (mapping, *_) = client.list_event_source_mappings()["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    deployed.box.client("config").delete_config_rule(ConfigRuleName="dd-aws-sandbox-cloudtrail-enabled")

    output = deployed.does("deploy")

    assert "coordinator: ReservedConcurrentExecutions is 0, not None" in output
    assert "Config rule dd-aws-sandbox-cloudtrail-enabled" in output
    assert client.get_event_source_mapping(UUID=mapping["UUID"])["State"] in ("Enabled", "Enabling")
    assert "Nothing to do" in deployed.does("deploy")


def test_the_account_s_own_recorder_is_used_as_it_is_and_outlives_us(operator: Operator) -> None:
    operator.does(*DESTROY)
    config, s3 = operator.box.client("config"), operator.box.client("s3")
    make_recorder_of_others(operator.box)
    before = config.describe_configuration_recorders(), config.describe_delivery_channels()

    output = operator.does("deploy")
    assert "the account's recorder default is used unchanged" in output
    assert "dd-aws-sandbox-compliance-changes" in schedules(operator.box)
    operator.does(*DESTROY)

    after = config.describe_configuration_recorders(), config.describe_delivery_channels()
    assert [answer.pop("ResponseMetadata") and answer for answer in after] == [
        answer.pop("ResponseMetadata") and answer for answer in before
    ]
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    config.delete_delivery_channel(DeliveryChannelName="default")
    config.delete_configuration_recorder(ConfigurationRecorderName="default")
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["theirs"]


def make_recorder_of_others(box: Sandbox) -> None:
    s3, config = box.client("s3"), box.client("config")
    s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "config.amazonaws.com"},
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::theirs", "arn:aws:s3:::theirs/*"],
    }
    s3.put_bucket_policy(Bucket="theirs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    role = "arn:aws:iam::000000000000:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "theirs"})
    config.start_configuration_recorder(ConfigurationRecorderName="default")


def test_destroying_leaves_nothing_behind_and_finds_nothing_the_second_time(operator: Operator) -> None:
    operator.does(*DESTROY)
    before = inventory(operator.box)
    operator.does("deploy")
    assert inventory(operator.box) != before

    operator.does(*DESTROY)

    assert inventory(operator.box) == before
    assert "Nothing to delete." in operator.does("destroy")
