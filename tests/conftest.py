"""The stage's own environment, before anything imports `app`: chalice.test.Client would set it too late."""

import json
import os
from pathlib import Path

PROJECT = Path(__file__).parent.parent
STAGE = "sandbox"

os.environ.update(
    json.loads((PROJECT / ".chalice" / "config.json").read_text())["stages"][STAGE]["environment_variables"],
    COORDINATOR_POLL_SECONDS="0",
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="eu-west-1",
    MOTO_EC2_LOAD_DEFAULT_AMIS="false",
)
for inherited in [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL")]:
    del os.environ[inherited]
for inherited in ("AWS_PROFILE", "AWS_REGION", "AWS_SESSION_TOKEN"):
    os.environ.pop(inherited, None)
