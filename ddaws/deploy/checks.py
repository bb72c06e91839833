"""What can be known to be wrong before anything is done."""

from chalicelib import variables
from chalicelib.errors import BadInput
from ddaws import RUNTIME
from ddaws.deploy import foundation, recorder, rules_file
from ddaws.plan import Plan, Target, Tell

PARTITION = "aws"
"""The only one whose ARNs the functions' policies name, since Chalice substitutes nothing in them."""


def plan(target: Target, tell: Tell) -> Plan:
    """Read what people edit, and the recorder that is not ours; change nothing."""
    if target.account.partition != PARTITION:
        raise BadInput("AWS_DEFAULT_REGION", target.account.region, f"a region of the partition {PARTITION}")
    folder = target.stage.project_dir
    for file in (foundation.TEMPLATE, rules_file.FILE):
        if not (folder / file).is_file():
            raise BadInput("--project-dir", str(folder), f"a folder with {file}")
    rules = rules_file.read(folder)
    _demand_rules_that_exist(target, rules)
    tell("reading the account's recorder")
    recorder.check_reused(target, recorder.read(target))
    python = ".".join(map(str, RUNTIME))
    return Plan(f"Python {python}, {len(rules)} Config rules, and a recorder that will do or is yet to be made")


def _demand_rules_that_exist(target: Target, rules: tuple[rules_file.DeclaredRule, ...]) -> None:
    """A mode for a rule that does not exist would leave the rule that was meant to the mode of the others."""
    ours = [rule.name for rule in rules if rule.function]
    settings = target.stage.settings
    for setting, per_rule in (("RULE_MODES", settings.rule_modes), ("GRACE_MINUTES", settings.grace_minutes)):
        variables.demand_rules(setting, per_rule.named, ours)
