"""Where tensors come from: libwi in this process, a server, or the program."""
from __future__ import annotations

import operator
import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any, Iterable, Union

from . import _file, _libwi
from .errors import WeightdError, from_problem

if TYPE_CHECKING:
    import jax
    import numpy
    import torch

Shape = Union[int, str, Iterable[int]]


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (str, float)):
        return str(value)
    if name == "shape" and isinstance(value, Iterable):
        return ",".join(str(operator.index(n)) for n in value)
    try:
        return str(operator.index(value))  # type: ignore[arg-type]  # a whole number of any library
    except TypeError:
        return str(value)


def query(parameters: dict[str, object]) -> str:
    """The text after the question mark. None leaves a parameter out; a trailing _ is not part of a name (low_, of_)."""
    given = {name.rstrip("_"): value for name, value in parameters.items() if value is not None}
    return urllib.parse.urlencode({name: _text(name, value) for name, value in given.items()}, safe=",:/-")


class Source:
    """What every source can do. The bytes do not depend on the source.

    `parameters` of all methods are those of `GET /init`: dtype, seed, layout, gain, nonlinearity, like, stream, slice, ...
    seed is any int from 0 to 2**64 - 1, of Python or NumPy. Arrays may be written to.
    Errors: WeightdError, which names the parameter; ImportError if a library is missing.
    """

    def read(self, target: str) -> memoryview:
        """The body of a target such as "/init?scheme=zeros&shape=3&format=npy"."""
        raise NotImplementedError

    def _tensor(self, scheme: str, shape: Shape, parameters: dict[str, object]) -> _file.Entry:
        if "format" in parameters:
            raise WeightdError("an array has no format; read() gives files", kind="param-unused", param="format")
        return next(iter(_file.entries(self._file({"scheme": scheme, "shape": shape, **parameters})).values()))

    def _file(self, given: dict[str, object]) -> memoryview:
        return self.read("/init?" + query({**given, "format": "safetensors"}))

    def get(self, scheme: str, shape: Shape, **parameters: object) -> numpy.ndarray[Any, Any]:
        """A NumPy array. bf16 and the types of 8 bits need ml_dtypes."""
        return self._tensor(scheme, shape, parameters).numpy()

    def torch(self, scheme: str, shape: Shape, **parameters: object) -> torch.Tensor:
        """A torch tensor on the CPU, in the memory that the bytes were written to."""
        return self._tensor(scheme, shape, parameters).torch()

    def jax(self, scheme: str, shape: Shape, **parameters: object) -> jax.Array:
        """A jax array. float64 needs jax_enable_x64."""
        return self._tensor(scheme, shape, parameters).jax()

    def model(self, name: str, *, to: str = "numpy", **parameters: object) -> dict[str, Any]:
        """Every tensor of a model by name: model("tiny-llama", seed=7, dtype="bf16"). to: numpy, torch or jax."""
        if to not in ("numpy", "torch", "jax"):
            raise WeightdError(f"to={to!r} is no kind of array", kind="param-value", param="to", allowed="numpy, torch, jax")
        target = f"/models/{urllib.parse.quote(name)}.safetensors?{query(parameters)}"
        return {tensor: getattr(entry, to)() for tensor, entry in _file.entries(self.read(target.rstrip("?"))).items()}


class Library(Source):
    """libwi in this process. It has no models and makes no digests."""

    def read(self, target: str) -> memoryview:
        path, _, text = target.rpartition("?")
        if path not in ("", "/init"):
            raise WeightdError(f"libwi has no {path}: ask a Server or the Program", kind="not-found")
        return _libwi.read(text)

    def _file(self, given: dict[str, object]) -> memoryview:
        """The numbers, which are the end of the file, begin at a multiple of 64: JAX takes such memory as it is."""
        text = query({**given, "format": "safetensors"})
        file_bytes = _libwi.body_bytes(text)
        numbers = query({name: value for name, value in given.items() if name.rstrip("_") != "name"} | {"format": "raw"})
        return _libwi.read(text, aligned=file_bytes - _libwi.body_bytes(numbers))


class Server(Source):
    """A running weightd. token: a bearer token, if the server asks for one; timeout: seconds without progress."""

    def __init__(self, url: str, *, token: str | None = None, timeout: float = 60) -> None:
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"no URL of HTTP: {url!r}")
        self.url = url.rstrip("/")
        self._fields = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"weightd.Server({self.url!r})"

    def read(self, target: str) -> memoryview:
        request = urllib.request.Request(self.url + target, headers=self._fields)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                memory = memoryview(bytearray(int(answer.headers["Content-Length"])))
                got = 0
                while got < len(memory):
                    n = answer.readinto(memory[got:])
                    if not n:
                        raise ConnectionError(f"{self.url}{target}: the answer ended after {got} of {len(memory)} bytes")
                    got += n
                return memory
        except urllib.error.HTTPError as error:
            with error:
                raise from_problem(error.read(), error.code) from None


class Program(Source):
    """The program weightd, run once per request: $WEIGHTD, or the one in PATH."""

    def __init__(self, path: str | None = None) -> None:
        found = path or os.environ.get("WEIGHTD") or shutil.which("weightd")
        if not found:
            raise FileNotFoundError("no program weightd in PATH: `make install`, or set WEIGHTD=/path/to/weightd or WEIGHTD_URL")
        self.path = found

    def read(self, target: str) -> memoryview:
        done = subprocess.run([self.path, "get", target], capture_output=True, check=False)
        if done.returncode:
            raise from_problem(done.stderr, 0)
        return memoryview(bytearray(done.stdout))
