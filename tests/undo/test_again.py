"""A fix after an undo can be undone as well."""

from chalicelib.exemptions.store import Exemptions
from tests.handlers.conftest import SETTINGS, Account
from tests.handlers.events import group_change
from tests.handlers.pipeline import evaluate_security_group, remediated

from .conftest import Command, undone
from .test_groups import ANYONE, SSH, made, rules


def test_what_was_undone_and_is_fixed_again_under_the_same_finding_can_be_undone_again(
    stage: Account, command: Command
) -> None:
    group = made(stage, (22, 22, ANYONE, "a"))
    before = rules(stage, group)
    [live] = stage.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    captured = group_change(live, SSH)
    remediations = set()
    for _ in range(2):
        evaluate_security_group(captured, None)
        [outcome] = remediated(stage, "remediate_security_group")
        assert (outcome["status"], rules(stage, group)) == ("fixed", set())
        remediations.add(outcome["remediationId"])
        result = undone(command, outcome["remediationId"])
        assert (result.exit_code, rules(stage, group)) == (0, before), result.output
        end_exemption(stage)
        stage.notifications()
    assert len(remediations) == 2


def end_exemption(account: Account) -> None:
    exemptions = Exemptions(account.dynamodb, SETTINGS.trust_table)
    [due] = exemptions.due()
    exemptions.remove(due.exemption)
