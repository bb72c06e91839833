"""The notifier's function, from SNS's event to its log: no text makes it fail."""

import json
import logging

import pytest

import app
from tests.notify import every_message
from tests.notify.samples import compliance_change, sns_event

from .conftest import Account

HOSTILE = "\ud800 \x00\x1b[2J\u202e\n[ERROR] forged `*:*` <!channel>"


def test_hostile_text_in_every_field_is_told_and_logged_in_single_lines(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    account.create_tables()
    caplog.set_level(logging.INFO)
    changed = dict.fromkeys(("resourceId", "configRuleName", "awsAccountId", "awsRegion", "resourceType"), HOSTILE)
    app.notifier(sns_event(compliance_change("NON_COMPLIANT", HOSTILE, **changed)), None)
    for each in every_message.notifications(HOSTILE):
        app.notifier(sns_event(every_message.to_json(each), message_id=repr(each)), None)
    told = [json.loads(record.getMessage()) for record in caplog.records if "no Slack webhook" in record.getMessage()]
    assert len(told) >= 10
    for record in caplog.records:
        record.getMessage().encode()
        assert record.getMessage().isprintable()
