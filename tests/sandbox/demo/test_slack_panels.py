"""Slack messages in a terminal."""

from sandbox.demo.slack_panels import panel, rendered
from sandbox.slack.posts import Post
from tests.sandbox.demo.rendering import shown

MESSAGE = {
    "text": "✅ Fixed: sg-1",
    "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "✅ Fixed: sg-1"}},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": "*Resource*\n<https://eu-west-1.console.aws.amazon.com/x|sg-1>"},
                {"type": "mrkdwn", "text": "*Rule*\n`some-rule`"},
            ],
        },
        {"type": "section", "text": {"type": "mrkdwn", "text": "*What changed*\n```\n- tcp 22 &lt;world&gt;\n```"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "87 s later"}]},
    ],
}


def test_a_message_shows_its_header_fields_changes_and_small_print() -> None:
    text = shown(panel(Post("2026-11-05T03:12:10Z", 200, "ok", "", MESSAGE)))
    for expected in ("✅ Fixed: sg-1", "Resource sg-1", "Rule some-rule", "- tcp 22 <world>", "87 s later"):
        assert expected in text
    assert "console.aws" not in text
    assert "*" not in text


def test_mrkdwn_is_read_as_slack_reads_it() -> None:
    assert rendered("*bold* `code` <https://a.example|label> 1 &lt; 2 &amp; 3").plain == "bold code label 1 < 2 & 3"
