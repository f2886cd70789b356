"""What went wrong, in words for the person who wrote the request."""
from __future__ import annotations

import json
from typing import Any


class WeightdError(ValueError):
    """A request that cannot be answered. str() is one sentence; the fields are "" where they are not known."""

    def __init__(self, text: str, *, kind: str = "", param: str = "", allowed: str = "", nearest: str = "", status: int = 0) -> None:
        more = [f"did you mean {nearest}?"] if nearest else []
        super().__init__("; ".join([text, *more, *([f"allowed: {allowed}"] if allowed else [])]))
        self.kind = kind  #: a stable name, such as "param-unknown"
        self.param = param  #: the parameter at fault
        self.allowed = allowed  #: what would be accepted
        self.nearest = nearest  #: the nearest valid name
        self.status = status  #: of HTTP; 0: no server was asked


def from_problem(body: bytes, status: int) -> WeightdError:
    """The error that a server's answer tells: a problem of RFC 9457, or something else, as of a proxy."""
    try:
        problem: dict[str, Any] = json.loads(body)
        text = problem.get("detail") or problem["title"]
        fields = {name: str(problem.get(name, "")) for name in ("param", "allowed", "nearest")}
        return WeightdError(text, kind=str(problem.get("type", "")).rpartition("/")[2], status=status, **fields)
    except (ValueError, KeyError, TypeError, AttributeError):
        return WeightdError(f"the answer has status {status} and is no problem of weightd", status=status)
