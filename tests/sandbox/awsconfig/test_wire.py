"""Over HTTP, with boto3's own client: AWS Config's JSON 1.1 protocol and error classes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest

from sandbox.awsconfig import ConfigError
from tests.sandbox.awsconfig.world import CALLER, FUNCTION, THING, World


class Handler(BaseHTTPRequestHandler):
    """The least that carries calls to an AWS Config."""

    world: World

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        action = self.headers["X-Amz-Target"].removeprefix("StarlingDoveService.")
        try:
            status, body = 200, self.world.config.handle(action, request, CALLER)
        except ConfigError as error:
            status, body = error.status, {"__type": error.code, "message": error.message}
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def config(recording: World) -> Iterator[Any]:
    handler = type("Here", (Handler,), {"world": recording})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        client = boto3.client("config", region_name="eu-west-1", endpoint_url=url)
        yield client
        client.close()
        server.shutdown()


def put_rule(config: Any, name: str = "judge") -> None:
    details = [{"EventSource": "aws.config", "MessageType": "ConfigurationItemChangeNotification"}]
    source = {"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": details}
    config.put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source})


def test_the_whole_loop_runs_over_http(config: Any, recording: World) -> None:
    put_rule(config)
    recording.put_thing("one", size=1)
    recording.tick()
    moment = datetime(2026, 11, 24, 9, 30, 1, tzinfo=UTC)
    evaluation = {
        "ComplianceResourceType": THING,
        "ComplianceResourceId": "one",
        "ComplianceType": "NON_COMPLIANT",
        "OrderingTimestamp": moment,
    }
    answer = config.put_evaluations(Evaluations=[evaluation], ResultToken=recording.invoked[0]["resultToken"])
    assert answer["FailedEvaluations"] == []
    (result,) = config.get_compliance_details_by_config_rule(ConfigRuleName="judge")["EvaluationResults"]
    assert result["ComplianceType"] == "NON_COMPLIANT"
    assert result["EvaluationResultIdentifier"]["OrderingTimestamp"] == moment


def test_times_arrive_as_times_and_configurations_as_texts(config: Any, recording: World) -> None:
    recording.put_thing("one", size=1)
    recording.tick()
    pages = config.get_paginator("get_resource_config_history").paginate(resourceType=THING, resourceId="one")
    (item,) = [item for page in pages for item in page["configurationItems"]]
    assert item["configurationItemCaptureTime"] == recording.now
    assert json.loads(item["configuration"]) == {"size": 1}
    (recorder,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    assert recorder["recording"] is True
    assert recorder["lastStartTime"].tzinfo is not None


def test_botocores_paginator_walks_all_rules(config: Any) -> None:
    names = [f"rule-{number:02}" for number in range(26)]
    for name in names:
        put_rule(config, name)
    pages = list(config.get_paginator("describe_config_rules").paginate())
    assert [len(page["ConfigRules"]) for page in pages] == [25, 1]
    assert [rule["ConfigRuleName"] for page in pages for rule in page["ConfigRules"]] == names


def test_refusals_arrive_as_botocores_exceptions(config: Any) -> None:
    with pytest.raises(config.exceptions.NoSuchConfigRuleException, match="nobody"):
        config.delete_config_rule(ConfigRuleName="nobody")
    with pytest.raises(config.exceptions.InvalidResultTokenException):
        config.put_evaluations(ResultToken="made-up")
