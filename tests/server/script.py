"""Handlers that do what the test says: `broker.state` is the test's own function."""

from inspect import isawaitable
from typing import Any

from broker.handlers.context import Broker, RequestContext


def now(request: Any, context: RequestContext, broker: Broker) -> Any:
    return broker.state(request, context)  # type: ignore[operator]


async def later(request: Any, context: RequestContext, broker: Broker) -> Any:
    result = broker.state(request, context)  # type: ignore[operator]
    return await result if isawaitable(result) else result
