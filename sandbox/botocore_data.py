"""Changes to botocore's data that make it work, and work fast, with servers on this machine.

Written to a folder that ``AWS_DATA_PATH`` names, where botocore looks first. Made from the installed botocore each
time, so nothing here goes stale.
"""

import json
from pathlib import Path
from typing import Any

from botocore.loaders import Loader

WAITED_FOR = ("lambda", "cloudformation")
"""The services whose waiters deploying uses: botocore sleeps 5 to 30 seconds between two looks."""

ENDPOINT_AS_CONFIGURED = {
    "conditions": [],
    "endpoint": {
        "url": {"ref": "Endpoint"},
        "properties": {
            "authSchemes": [
                {"name": "sigv4", "signingName": "s3", "signingRegion": "{Region}", "disableDoubleEncoding": True}
            ]
        },
        "headers": {},
    },
    "type": "endpoint",
}
"""S3 Control's own rules put the account's id before the host's name, which resolves for amazonaws.com alone."""


def write(folder: Path) -> None:
    """Write the changed data below `folder`."""
    loader = Loader()
    for service in WAITED_FOR:
        _save(folder, loader, service, "waiters-2", _impatient(loader.load_service_model(service, "waiters-2")))
    rules = loader.load_service_model("s3control", "endpoint-rule-set-1")
    _save(folder, loader, "s3control", "endpoint-rule-set-1", {**rules, "rules": [ENDPOINT_AS_CONFIGURED]})


def _impatient(model: dict[str, Any]) -> dict[str, Any]:
    """The same waiters, looking every second, for as long as before."""
    waiters = {
        name: {**waiter, "delay": 1, "maxAttempts": waiter["delay"] * waiter["maxAttempts"]}
        for name, waiter in model["waiters"].items()
    }
    return {**model, "waiters": waiters}


def _save(folder: Path, loader: Loader, service: str, kind: str, model: dict[str, Any]) -> None:
    path = folder / service / loader.determine_latest_version(service, kind) / f"{kind}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(model))
