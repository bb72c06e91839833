"""The rules: a resource and parameters go in; violations, and the calls that fix them, come out."""

from chalicelib.rules.plan import Obstacle, Plan
from chalicelib.rules.rule import Rule
from chalicelib.rules.s3_bucket.rule import S3_BUCKET_RULE
from chalicelib.rules.security_group.rule import SECURITY_GROUP_RULE

RULES: tuple[Rule, ...] = (SECURITY_GROUP_RULE, S3_BUCKET_RULE)


def rule_for(violation_type: str) -> Rule | None:
    """The rule that reports this type of violation; None if no rule does."""
    return next((rule for rule in RULES if violation_type in rule.violation_types), None)


__all__ = ["RULES", "S3_BUCKET_RULE", "SECURITY_GROUP_RULE", "Obstacle", "Plan", "Rule", "rule_for"]
