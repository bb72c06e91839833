"""Service Quotas, as far as it goes here: the default quotas of an account that was never granted others."""

import json
from typing import Any

from werkzeug import Request, Response

from sandbox.environment import ACCOUNT_ID
from sandbox.front.signed import Operation, Refusal

PREFIX = "ServiceQuotasV20190624."
DEFAULTS = {("vpc", "L-0EA8095F"): 60.0}
"""Inbound or outbound rules per security group. Source: Amazon VPC User Guide, "Amazon VPC quotas"."""


class ServiceQuotas:
    """Authorized on the quota where AWS has a resource for it, which is in GetServiceQuota."""

    scope = "servicequotas"

    def operation(self, request: Request, region: str) -> Operation:
        name = request.headers.get("X-Amz-Target", "").removeprefix(PREFIX)
        asked = json.loads(request.get_data() or b"{}")
        quota = f"{asked.get('ServiceCode')}/{asked.get('QuotaCode')}"
        resource = f"arn:aws:servicequotas:{region}:{ACCOUNT_ID}:{quota}" if name == "GetServiceQuota" else "*"
        return Operation(name, f"servicequotas:{name}", resource)

    def answer(self, request: Request, operation: Operation, caller: str) -> Response:
        del caller
        asked = json.loads(request.get_data())
        service, quota = asked["ServiceCode"], asked["QuotaCode"]
        if operation.name == "GetAWSDefaultServiceQuota" and (service, quota) in DEFAULTS:
            return _json({"Quota": {"ServiceCode": service, "QuotaCode": quota, "Value": DEFAULTS[service, quota]}})
        return _error("NoSuchResourceException", "The specified resource does not exist.")

    def refusal(self, refusal: Refusal) -> Response:
        code = "AccessDeniedException" if refusal.authenticated else "UnrecognizedClientException"
        return _error(code, refusal.message)


def _error(code: str, message: str) -> Response:
    return _json({"__type": code, "message": message}, 400)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/x-amz-json-1.1")
