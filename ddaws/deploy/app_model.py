"""Print what Chalice would deploy, as JSON: ``python -P app_model.py PROJECT_DIR STAGE``.

It is a separate program because it imports the project's ``app.py`` with the stage's environment. Neither may leak into
the command line, nor the command line's modules into the app, so it imports none of them.
"""

import json
import os
import sys
from typing import Any

from chalice import __version__ as chalice_version
from chalice.cli.factory import CLIFactory
from chalice.deploy import models
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BuildStage, InjectDefaults, PolicyGenerator
from chalice.policy import AppPolicyGenerator
from chalice.utils import OSUtils


def wanted(project_dir: str, stage: str) -> dict[str, Any]:
    """Chalice's model of the app, with the field names of Lambda, IAM, SQS, SNS and EventBridge.

    Every entry is keyed by the function's name in the app: ``coordinator``.
    """
    config = CLIFactory(project_dir, environ=os.environ).create_config_obj(chalice_stage_name=stage)
    resources = DependencyBuilder().build_dependencies(ApplicationGraphBuilder().build(config, stage))
    BuildStage([InjectDefaults(), PolicyGenerator(AppPolicyGenerator(OSUtils()), OSUtils())]).execute(config, resources)
    kinds: dict[type, tuple[str, Any]] = {
        models.LambdaFunction: ("functions", function),
        models.ManagedIAMRole: ("roles", lambda role: role.policy.document),
        models.SQSEventSource: ("queues", queue),
        models.SNSLambdaSubscription: ("topics", lambda subscription: subscription.topic),
        models.ScheduledEvent: ("schedules", lambda event: event.schedule_expression),
    }
    result: dict[str, Any] = {"chaliceVersion": chalice_version, **{name: {} for name, _ in kinds.values()}}
    for resource in resources:
        if type(resource) in kinds:
            name, describe = kinds[type(resource)]
            result[name][function_of(resource)] = describe(resource)
    return result


def function_of(resource: Any) -> str:
    """The function that a resource belongs to."""
    owner = getattr(resource, "lambda_function", resource)
    return str(owner.resource_name).removesuffix("_role")


def function(resource: Any) -> dict[str, Any]:
    return {
        "Runtime": resource.runtime,
        "Handler": resource.handler,
        "Timeout": resource.timeout,
        "MemorySize": resource.memory_size,
        "Environment": resource.environment_variables,
        "Architectures": [resource.architecture],
        "Layers": list(resource.layers),
        "SubnetIds": sorted(resource.subnet_ids),
        "SecurityGroupIds": sorted(resource.security_group_ids),
        "ReservedConcurrentExecutions": resource.reserved_concurrency,
    }


def queue(resource: Any) -> dict[str, Any]:
    name = resource.queue if isinstance(resource.queue, str) else resource.queue.queue_name
    return {
        "queue": name,
        "BatchSize": resource.batch_size,
        "MaximumBatchingWindowInSeconds": resource.maximum_batching_window_in_seconds,
        "MaximumConcurrency": resource.maximum_concurrency,
    }


if __name__ == "__main__":
    print(json.dumps(wanted(sys.argv[1], sys.argv[2]), sort_keys=True))
