"""The private part of a policy, as the rule composes it."""

from chalicelib.exposure.policies import Policy, private_statements, with_statements


def without_public_statements(policy: Policy) -> Policy | None:
    return with_statements(policy, dict(private_statements(policy)))
