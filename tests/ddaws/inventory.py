"""The resources in a sandbox's account, of every type that a deployment creates."""

from sandbox.box import Sandbox

KINDS = {
    ("lambda", "list_functions"): ("Functions", "FunctionName"),
    ("lambda", "list_event_source_mappings"): ("EventSourceMappings", "UUID"),
    ("iam", "list_roles"): ("Roles", "RoleName"),
    ("sqs", "list_queues"): ("QueueUrls", None),
    ("sns", "list_topics"): ("Topics", "TopicArn"),
    ("sns", "list_subscriptions"): ("Subscriptions", "Endpoint"),
    ("events", "list_rules"): ("Rules", "Name"),
    ("logs", "describe_log_groups"): ("logGroups", "logGroupName"),
    ("ssm", "describe_parameters"): ("Parameters", "Name"),
    ("s3", "list_buckets"): ("Buckets", "Name"),
    ("dynamodb", "list_tables"): ("TableNames", None),
    ("cloudwatch", "describe_alarms"): ("MetricAlarms", "AlarmName"),
    ("kms", "list_aliases"): ("Aliases", "AliasName"),
    ("config", "describe_config_rules"): ("ConfigRules", "ConfigRuleName"),
    ("config", "describe_configuration_recorders"): ("ConfigurationRecorders", "name"),
    ("config", "describe_delivery_channels"): ("DeliveryChannels", "name"),
}
"""By service and operation: where the answer keeps the things, and their names; None: it is a list of names."""


def inventory(box: Sandbox) -> set[tuple[str, str]]:
    """Everything, as (operation, name)."""
    found = set(_stacks(box))
    for (service, operation), (key, name) in KINDS.items():
        for item in getattr(box.client(service), operation)().get(key, []):
            found.add((operation, str(item[name] if name else item)))
    return found


def _stacks(box: Sandbox) -> set[tuple[str, str]]:
    stacks = box.client("cloudformation").list_stacks()["StackSummaries"]
    return {("list_stacks", stack["StackName"]) for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"}
