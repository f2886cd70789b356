"""safetensors files as arrays. That format says dtype and shape for every element type, of a tensor and of a model alike."""
from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import jax
    import numpy
    import torch

# dtype of the file: name in NumPy, True if ml_dtypes has it; name in torch.
_DTYPES = {
    "F64": ("float64", False, "float64"),
    "F32": ("float32", False, "float32"),
    "F16": ("float16", False, "float16"),
    "BF16": ("bfloat16", True, "bfloat16"),
    "F8_E4M3": ("float8_e4m3fn", True, "float8_e4m3fn"),
    "F8_E5M2": ("float8_e5m2", True, "float8_e5m2"),
    "I64": ("int64", False, "int64"),
    "I32": ("int32", False, "int32"),
    "U8": ("uint8", False, "uint8"),
    "BOOL": ("bool", False, "bool"),
}


class Entry(NamedTuple):
    """A tensor in a file: `data` is memory of the file, so conversions below copy nothing."""

    dtype: str
    shape: tuple[int, ...]
    data: memoryview

    def numpy(self) -> numpy.ndarray[Any, Any]:
        import numpy as np

        name, is_small, _ = _row(self.dtype)
        if is_small:
            try:
                import ml_dtypes
            except ImportError:
                raise ImportError(f"NumPy has no {name}: pip install ml_dtypes, or ask for dtype='f32', or use weightd.torch") from None
            dtype = np.dtype(getattr(ml_dtypes, name))
        else:
            dtype = np.dtype(name)
        array: numpy.ndarray[Any, Any] = np.frombuffer(self.data, dtype.newbyteorder("<")).reshape(self.shape)
        return array

    def torch(self) -> torch.Tensor:
        import torch

        dtype = getattr(torch, _row(self.dtype)[2], None)
        if dtype is None:
            raise ImportError(f"torch {torch.__version__} has no {_row(self.dtype)[2]}")
        if not len(self.data):
            return torch.empty(self.shape, dtype=dtype)
        return torch.frombuffer(self.data, dtype=dtype).reshape(self.shape)

    def jax(self) -> jax.Array:
        import jax
        import jax.numpy as jnp

        array = self.numpy()
        # JAX would take float64 as float32 without a word. Whole numbers are int32 there, as everywhere in JAX.
        is_known = jax.dtypes.canonicalize_dtype(array.dtype) == array.dtype
        if array.dtype.kind == "f" and not is_known:
            raise TypeError("float64 in JAX needs jax_enable_x64; or ask for dtype='f32'")
        # JAX lives in this memory where it can: on its only device, of types that DLPack and NumPy know, from a multiple of 64 on.
        (device, *others) = jax.devices()
        if device.platform == "cpu" and not others and array.dtype.kind in "fi" and is_known and array.size:
            shared: jax.Array = jax.dlpack.from_dlpack(array)
            return shared
        return jnp.asarray(array)


def _row(dtype: str) -> tuple[str, bool, str]:
    if dtype not in _DTYPES:
        raise TypeError(f"no array has elements of type {dtype}")
    return _DTYPES[dtype]


def entries(file: memoryview) -> dict[str, Entry]:
    """The tensors of a file by name. The file's numbers are believed only as far as they fit."""
    length = int.from_bytes(file[:8], "little")
    if len(file) < 8 or length > len(file) - 8:
        raise ValueError("no safetensors file")
    header, data = json.loads(bytes(file[8 : 8 + length])), file[8 + length :]
    found = {}
    for name, row in header.items():
        if name != "__metadata__":
            begin, end = row["data_offsets"]
            if not 0 <= begin <= end <= len(data):
                raise ValueError(f"{name} lies outside of the file")
            found[name] = Entry(row["dtype"], tuple(row["shape"]), data[begin:end])
    return found
