"""The steps of a deployment in their order, and of its removal in the opposite order."""

from ddaws.deploy import (
    app_removal,
    chalice_app,
    checks,
    compliance_feed,
    config_rules,
    destinations,
    foundation,
    history_removal,
    log_groups,
    permissions,
    recorder,
    recorder_removal,
    slack,
)
from ddaws.plan import Step

DEPLOYMENT = (
    Step("Settings", checks.plan),
    Step("Foundation", foundation.plan),
    Step("Chalice app", chalice_app.plan),
    Step("On-failure queues", destinations.plan),
    Step("AWS Config's permission", permissions.plan),
    Step("Recorder and channel", recorder.plan),
    Step("Compliance changes", compliance_feed.plan),
    Step("Slack", slack.plan),
    Step("Config rules", config_rules.plan),
)


def removal(*, delete_history: bool) -> tuple[Step, ...]:
    """The steps that remove a deployment; AWS Config's delivered history only on demand."""
    return (
        Step("Config rules", config_rules.removal),
        Step("Compliance changes", compliance_feed.removal),
        Step("Recorder and channel", recorder_removal.removal),
        Step("Chalice app", app_removal.removal),
        Step("Record of the deployment", recorder_removal.removal_of_ledger),
        Step("Foundation", foundation.removal),
        Step("Log groups", log_groups.removal),
        Step("Delivered history", history_removal.removal if delete_history else history_removal.keeping),
        Step("Slack", slack.keeping),
    )
