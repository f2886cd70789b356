"""Initialized tensors, the same bytes on every machine.

    import weightd

    w = weightd.get("xavier_uniform", (256, 128), seed=7)            # numpy.ndarray
    w = weightd.torch("he_normal", (64, 3, 7, 7), layout="oi", dtype="bf16", seed=7)
    w = weightd.jax("orthogonal", (60, 50), like="jax", seed=7)
    f = weightd.read("/init?scheme=zeros&shape=3&format=npy")         # the bytes of a file

These make the numbers in this process, by libwi. A server gives the same bytes, and models:

    server = weightd.Server("http://127.0.0.1:8080")
    w = server.get("xavier_uniform", (256, 128), seed=7)
    state = server.model("tiny-llama", to="torch", seed=7)

`weightd.model` asks the server at $WEIGHTD_URL, or else runs the program weightd. Wrong requests raise WeightdError, whose
`param`, `allowed` and `nearest` say what would have been right. For pytest there is the fixture `weightd_server`.
"""
from __future__ import annotations

import os
from typing import Any

from ._libwi import load as _load
from ._source import Library, Program, Server, Source
from .errors import WeightdError

__all__ = ["Library", "Program", "Server", "Source", "WeightdError", "get", "jax", "model", "read", "torch", "version"]

_library = Library()
read, get, torch, jax = _library.read, _library.get, _library.torch, _library.jax


def version() -> str:
    """The release of libwi."""
    text: bytes = _load().wi_version()
    return text.decode()


def model(name: str, *, to: str = "numpy", **parameters: object) -> dict[str, Any]:
    """Every tensor of a model by name; see Source.model."""
    url = os.environ.get("WEIGHTD_URL")
    source: Source = Server(url) if url else Program()
    return source.model(name, to=to, **parameters)
