"""The resources in a rule's scope."""

from sandbox.awsconfig.resource import Resource
from sandbox.awsconfig.rules import Rule


def in_scope(rule: Rule, resource: Resource | None) -> bool:
    """Whether `resource` is in `rule`'s scope. A rule without a scope covers every recorded resource."""
    if resource is None:
        return False
    scope = rule.definition.get("Scope", {})
    types, resource_id = scope.get("ComplianceResourceTypes"), scope.get("ComplianceResourceId")
    if types and resource.resource_type not in types:
        return False
    if resource_id and resource.resource_id != resource_id:
        return False
    return "TagKey" not in scope or _tagged(resource, scope["TagKey"], scope.get("TagValue"))


def _tagged(resource: Resource, key: str, value: str | None) -> bool:
    return key in resource.tags and value in (None, resource.tags[key])
