"""One request of Honk's own to the model, outside every sandbox: within the budget, and paid for like a session's."""

import json
from typing import Any

from honk.core.errors import Unavailable, WorkFailed
from honk.gateway import model_filter, prices
from honk.gateway.base import CostMeter, Notify, ignore_notice
from honk.gateway.model_filter import ModelRequest
from honk.gateway.model_service import ModelService, Unreachable, WaitAllowance
from honk.gateway.usage import UsageReader

PATIENCE = 60.0
"""Seconds for which an overloaded service is waited for."""

LARGEST = 4 << 20
"""Bytes of an answer."""

_HEADERS = (("content-type", "application/json"), ("anthropic-version", "2023-06-01"))


async def message(
    upstream: ModelService, meter: CostMeter, body: dict[str, Any], notify: Notify = ignore_notice
) -> dict[str, Any]:
    """The model's answer to a request of the Messages API, without streaming.

    Raises WorkFailed when the budget is used up, Unavailable when the service cannot be reached or gives no message.
    """
    if reason := meter.refusal():
        raise WorkFailed(reason)
    model = str(body.get("model", ""))
    request = ModelRequest("POST", model_filter.MESSAGES, json.dumps(body).encode(), model)
    try:
        response = await upstream.send(request, _HEADERS, WaitAllowance(PATIENCE), notify)
    except Unreachable as error:
        raise Unavailable(f"The model's service at {upstream.host} cannot be reached ({error}).") from error
    reader, size = UsageReader(streaming=False), 0
    try:
        async for piece in response.aiter_bytes():
            size += len(piece)
            if size > LARGEST:
                break
            reader.feed(piece)
    finally:
        await response.aclose()
    reader.end()
    if response.is_success:
        await meter.spent(prices.cost(reader.model or model, reader.usage), reader.model or model)
    if not response.is_success or not reader.complete:
        raise Unavailable(f"The model's service at {upstream.host} gave no answer (HTTP {response.status_code}).")
    return reader.message
