"""libwi by ctypes: the bytes of a query, made in this process."""
from __future__ import annotations

import ctypes
import ctypes.util
import functools
import os
import pathlib

from .errors import WeightdError

_ALIGNMENT = 64
_FIELDS = ("param", "allowed", "nearest")


def _path() -> str:
    """WEIGHTD_LIBWI, else the library of the wheel, else that of the system."""
    own = pathlib.Path(__file__).with_name("libwi.so")
    found = os.environ.get("WEIGHTD_LIBWI") or (str(own) if own.exists() else ctypes.util.find_library("wi"))
    if not found:
        raise ImportError("no libwi: install the wheel, or `make install`, or set WEIGHTD_LIBWI=/path/to/libwi.so")
    return found


@functools.lru_cache(maxsize=None)
def load() -> ctypes.CDLL:
    """The library, after it has shown that it computes the right numbers in this process."""
    wi = ctypes.CDLL(_path())
    pointer, size = ctypes.c_void_p, ctypes.c_uint64
    wi.wi_sizeof.restype = ctypes.c_size_t
    wi.wi_get.argtypes = [ctypes.c_char_p, pointer, size, pointer, pointer]
    wi.wi_selftest.restype = ctypes.c_bool
    wi.wi_status_slug.restype = ctypes.c_char_p
    for name in ("text", *_FIELDS):
        getattr(wi, f"wi_error_{name}").restype = ctypes.c_char_p
    wi.wi_version.restype = ctypes.c_char_p
    error = _new_error(wi)
    if not wi.wi_selftest(error):
        raise ImportError(wi.wi_error_text(error).decode())
    return wi


def _new_error(wi: ctypes.CDLL) -> ctypes.Array[ctypes.c_char]:
    error = ctypes.create_string_buffer(wi.wi_sizeof(0))
    wi.wi_error_init(error)
    return error


def _raise(wi: ctypes.CDLL, status: int, error: ctypes.Array[ctypes.c_char]) -> None:
    fields = {name: getattr(wi, f"wi_error_{name}")(error).decode() for name in _FIELDS}
    raise WeightdError(wi.wi_error_text(error).decode(), kind=wi.wi_status_slug(status).decode(), **fields)


def _sizes(wi: ctypes.CDLL, text: bytes, error: ctypes.Array[ctypes.c_char]) -> ctypes.Array[ctypes.c_uint64]:
    """The bytes of the body, and those of the memory in which it is made."""
    sizes = (ctypes.c_uint64 * 2)()
    status = wi.wi_get(text, None, 0, sizes, error)
    if status:
        _raise(wi, status, error)
    return sizes


def _text(query: str) -> bytes:
    if "\0" in query:
        raise WeightdError("a query has no NUL")
    return query.encode()


def body_bytes(query: str) -> int:
    """How long the body of a query is. Nothing is computed."""
    wi = load()
    return _sizes(wi, _text(query), _new_error(wi))[0]


def read(query: str, aligned: int = 0) -> memoryview:
    """The body of a query, in memory of its own that may be written to. Other threads run meanwhile.

    aligned: the byte of the body whose address is to be a multiple of 64.
    """
    wi, text = load(), _text(query)
    error = _new_error(wi)
    sizes = _sizes(wi, text, error)
    if not sizes[1]:
        return memoryview(bytearray())
    try:
        memory = bytearray(sizes[1] + _ALIGNMENT)
    except OverflowError:
        raise MemoryError(f"the tensor takes {sizes[1]} bytes") from None
    address = ctypes.addressof((ctypes.c_char * 1).from_buffer(memory))
    begin = -(address + aligned) % _ALIGNMENT
    status = wi.wi_get(text, (ctypes.c_char * sizes[1]).from_buffer(memory, begin), sizes[1], sizes, error)
    if status:
        _raise(wi, status, error)
    return memoryview(memory)[begin : begin + sizes[0]]
