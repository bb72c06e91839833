import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ddaws.__main__ import main
from ddaws.account import Account
from ddaws.plan import Target
from tests.ddaws.small_project import CONFIG

type Command = Callable[..., Result]


@pytest.fixture
def command(project: Path, account: Account) -> Command:
    """Run a verb on the project."""

    def run(verb: str, *arguments: str, answer: str = "", **environment: str) -> Result:
        options = (verb, "--project-dir", str(project), *arguments)
        return CliRunner().invoke(main, options, input=answer, env=environment)

    return run


def test_the_project_can_be_named_in_the_environment(project: Path, account: Account) -> None:
    named = {"DDAWS_PROJECT_DIR": str(project), "DDAWS_STAGE": "staging"}

    result = CliRunner().invoke(main, ("pending",), env=named)

    assert "(dev, dev-2); got 'staging'" in result.stderr


@pytest.mark.parametrize("verb", ["deploy", "destroy", "pending"])
def test_an_unknown_stage_ends_with_status_2_and_one_line(command: Command, verb: str) -> None:
    result = command(verb, "--stage", "staging")

    assert result.exit_code == 2
    assert (
        result.stderr == "error: --stage: expected one of .chalice/config.json's stages (dev, dev-2); got 'staging'\n"
    )


def test_a_wrong_setting_ends_with_status_2_and_names_field_and_value(command: Command, project: Path) -> None:
    config = json.dumps(CONFIG).replace('"ENABLE_AUTO_RESPONSE": "false"', '"ENABLE_AUTO_RESPONSE": "off"')
    (project / ".chalice" / "config.json").write_text(config)

    result = command("deploy", "--stage", "dev")

    assert (result.exit_code, result.stderr) == (
        2,
        "error: ENABLE_AUTO_RESPONSE: expected true or false; got 'off'\n",
    )


@pytest.mark.parametrize("file", ["foundation.yaml", "config_rules.yaml"])
def test_a_missing_file_is_named_before_anything_is_done(command: Command, project: Path, file: str) -> None:
    (project / "infrastructure" / file).unlink()

    result = command("deploy", "--stage", "dev")

    assert result.exit_code == 2
    assert f"a folder with infrastructure/{file}" in result.stderr


def test_a_mistake_in_the_rules_is_found_before_anything_is_done(command: Command, project: Path) -> None:
    (project / "infrastructure" / "config_rules.yaml").write_text("a: {description: A., function: judge}")

    result = command("deploy", "--stage", "dev")

    assert result.exit_code == 2
    assert "config_rules.yaml: a.function: expected one of" in result.stderr
    assert "✓" not in result.stdout


def test_an_insufficient_recorder_is_reported_before_anything_is_done(command: Command, target: Target) -> None:
    role = "arn:aws:iam::123456789012:role/config"
    target.account.client("config").put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": role}
    )

    result = command("deploy", "--stage", "dev")

    assert (result.exit_code, "✓" in result.stdout) == (1, False)
    assert result.stderr.startswith("error: AWS Config's recorder default is stopped")


def test_without_a_region_nothing_is_done(command: Command) -> None:
    result = command("deploy", "--stage", "dev", AWS_DEFAULT_REGION="")

    assert (result.exit_code, result.stderr) == (
        2,
        "error: --region or AWS_REGION: expected a region, such as eu-west-1; got ''\n",
    )


def test_in_a_partition_that_the_policies_do_not_name_nothing_is_done(command: Command) -> None:
    result = command("deploy", "--stage", "dev", AWS_DEFAULT_REGION="cn-north-1")

    assert result.exit_code == 2
    assert result.stderr == "error: --region or AWS_REGION: expected a region of the partition aws; got 'cn-north-1'\n"


def test_without_credentials_nothing_is_done(command: Command, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nothing")
    files = {"AWS_CONFIG_FILE": nowhere, "AWS_SHARED_CREDENTIALS_FILE": nowhere}

    result = command("deploy", "--stage", "dev", AWS_PROFILE="nobody", **files)

    assert result.exit_code == 2
    assert result.stderr.startswith("error: AWS credentials: expected credentials that sts:GetCallerIdentity accepts")
    assert "nobody" in result.stderr


def test_account_region_and_stage_are_shown_before_anything_is_done(command: Command) -> None:
    result = command("destroy", "--stage", "dev-2")

    assert result.output.splitlines() == [
        "dd-aws, stage dev-2, account 123456789012, region eu-west-1, not deployed",
        "Nothing to delete.",
    ]


def test_destroy_shows_what_it_would_delete_and_takes_no_for_an_answer(command: Command, target: Target) -> None:
    logs = target.account.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/dd-aws-dev-notifier")

    result = command("destroy", "--stage", "dev", answer="n\n")

    assert "    - log group /aws/lambda/dd-aws-dev-notifier" in result.output.splitlines()
    assert result.exit_code == 1
    assert len(logs.describe_log_groups()["logGroups"]) == 1


def test_destroy_deletes_after_a_yes_and_finds_nothing_the_second_time(command: Command, target: Target) -> None:
    logs = target.account.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/dd-aws-dev-notifier")

    assert command("destroy", "--stage", "dev", answer="y\n").exit_code == 0

    assert logs.describe_log_groups()["logGroups"] == []
    assert "Nothing to delete." in command("destroy", "--stage", "dev").output


def test_destroy_does_not_ask_with_yes(command: Command, target: Target) -> None:
    target.account.client("logs").create_log_group(logGroupName="/aws/lambda/dd-aws-dev-notifier")

    result = command("destroy", "--stage", "dev", "--yes")

    assert result.exit_code == 0
    assert "Log groups               deleted" in result.output


def test_a_dry_run_of_a_first_deployment_shows_every_step_and_makes_nothing(command: Command, target: Target) -> None:
    result = command("deploy", "--stage", "dev", "--dry-run")

    lines = result.output.splitlines()
    assert result.exit_code == 0
    for line in ("stack dd-aws-dev-foundation", "chalice deploy --stage dev", "recorder dd-aws-dev"):
        assert f"    + {line}" in lines
    assert target.account.client("ssm").describe_parameters()["Parameters"] == []
    assert target.account.client("config").describe_configuration_recorders()["ConfigurationRecorders"] == []


def test_pending_prints_json(command: Command, target: Target) -> None:
    target.account.client("sqs").create_queue(QueueName="dd-aws-dev-remediation")

    result = command("pending", "--stage", "dev", "--json")

    assert json.loads(result.output)["messages"] == []


def test_a_queue_that_is_not_there_ends_with_status_1(command: Command) -> None:
    result = command("pending", "--stage", "dev")

    assert result.exit_code == 1
    assert result.stderr.startswith("error: There is no queue dd-aws-dev-remediation.")


def test_policies_are_written_once_for_each_stage(command: Command, project: Path) -> None:
    folder = project / ".chalice"
    source = folder / "policies" / "notifier.json"
    source.parent.mkdir()
    source.write_text('{"Resource": "arn:aws:sqs:*:*:dd-aws-${Stage}-work"}')

    first = command("policies").output.splitlines()

    assert [Path(line.removeprefix("written: ")).relative_to(folder).as_posix() for line in first] == [
        "policies/dev/notifier.json",
        "package/dev.json",
        "policies/dev-2/notifier.json",
        "package/dev-2.json",
    ]
    assert command("policies").output == "Nothing to do: every file matches its source.\n"
