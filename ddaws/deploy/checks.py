"""Finds errors before anything is deployed: in the files that people edit, and against AWS's limits."""

import json
from collections.abc import Mapping
from typing import Any

from chalicelib import variables
from chalicelib.errors import BadInput
from ddaws import RUNTIME
from ddaws.deploy import (
    chalice_command,
    compliance_feed,
    config_rules,
    foundation,
    limits,
    recorder,
    rules_file,
    templates,
)
from ddaws.plan import Plan, Target, Tell

PARTITION = "aws"
"""The only partition in the functions' policies, in which Chalice substitutes nothing."""
NEARLY = 0.9
"""The share of a limit above which a warning is shown."""


def plan(target: Target, tell: Tell) -> Plan:
    """Check the files that people edit, and an existing recorder; change nothing."""
    if target.account.partition != PARTITION:
        raise BadInput("--region or AWS_REGION", target.account.region, f"a region of the partition {PARTITION}")
    folder = target.stage.project_dir
    for file in (foundation.TEMPLATE, rules_file.FILE):
        if not (folder / file).is_file():
            raise BadInput("--project-dir", str(folder), f"a folder with {file}")
    rules = rules_file.read(folder)
    _check_settings_name_rules(target, rules)
    size = len(templates.compact((folder / foundation.TEMPLATE).read_text(), foundation.TEMPLATE))
    check_rules(target, rules)
    tell("reading Config rules")
    config_rules.check_quota(target, rules)
    tell("reading the account's recorder")
    recorder.check_reused(target, recorder.read(target))
    tell("asking Chalice what it would deploy")
    _check_app(chalice_command.app_model(target))
    python = ".".join(map(str, RUNTIME))
    is_large = size > NEARLY * templates.LARGEST
    notes = (f"{foundation.TEMPLATE} has {size} of {templates.LARGEST} bytes",) if is_large else ()
    return Plan(f"Python {python}, {len(rules)} Config rules, all within AWS's limits", notes=notes)


def _check_settings_name_rules(target: Target, rules: tuple[rules_file.DeclaredRule, ...]) -> None:
    """Refuse a mode for an unknown rule: the intended rule would silently get the default mode."""
    ours = [rule.name for rule in rules if rule.function]
    settings = target.stage.settings
    for setting, per_rule in (("RULE_MODES", settings.rule_modes), ("GRACE_MINUTES", settings.grace_minutes)):
        variables.demand_rules(setting, per_rule.named, ours)


def check_rules(target: Target, rules: tuple[rules_file.DeclaredRule, ...]) -> None:
    """Raise BadInput for a Config rule or an event pattern that PutConfigRule or PutRule would refuse."""
    for rule in rules:
        put = config_rules.put_call(target, config_rules.config_rule(target, rule))
        limits.check(put, f"{rules_file.FILE}: {rule.name}")
    for name, pattern in compliance_feed.patterns(target).items():
        limits.check(compliance_feed.put_call(name, pattern), f"EventBridge rule {name}")


def _check_app(model: Mapping[str, Any]) -> None:
    """Check the limits of the functions' environment and of their roles' policies."""
    for name, function in model["functions"].items():
        size = len(json.dumps(function["Environment"]).encode())
        if size > limits.LARGEST_ENVIRONMENT:
            raise BadInput(
                f"{name}: environment variables",
                f"{size} bytes",
                f"at most {limits.LARGEST_ENVIRONMENT} bytes in total",
            )
    for name, policy in model["roles"].items():
        size = len("".join(json.dumps(policy).split()))
        if size > limits.LONGEST_INLINE_POLICY:
            raise BadInput(
                f"{name}: the policy of its role",
                f"{size} characters",
                f"at most {limits.LONGEST_INLINE_POLICY} characters without white space",
            )
