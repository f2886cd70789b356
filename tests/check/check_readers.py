"""Read what libwi writes with NumPy, and with the safetensors package or, where that is missing, a strict reader of the
format's description. npy files must be byte-equal to what numpy.save writes.

    check_readers.py build/tests/wi_cat
"""

import csv
import io
import json
import math
import shutil
import subprocess
import sys

import numpy as np

try:
    import safetensors.numpy as reference
except ImportError:
    reference = None

SHAPES = ["", "1", "7", "100000", "1,1", "5,3", "17,33", "2,3,4", "1,5,1,2", "2,1,3,1,2", "1,2,1,3,1,2", "2,1,2,1,2,1,2",
          "1,2,1,3,1,2,1,2"]
SLICED = ["33,17&slice=5:9,-3:", "2,3,4&slice=1", "9&slice=8", "123456789,5&slice=123456780:,2:4", "12345678901&slice=:11"]
DTYPES = {"f32": "<f4", "f64": "<f8", "f16": "<f2", "bf16": "<u2"}
SCHEMES = ["normal", "uniform&low=-1e-30&high=2e-30", "he_uniform", "constant&value=-0.1", "zeros"]


class Checks:
    def __init__(self, program):
        self.program, self.failed, self.done = program, 0, 0

    def body(self, request):
        return subprocess.run([self.program, "/init?" + request], stdout=subprocess.PIPE, check=True).stdout

    def that(self, condition, what):
        self.done += 1
        if not condition:
            self.failed += 1
            print("wrong:", what)


def shape_of(text):
    """The shape of the answer: of the tensor, or counted from the slice."""
    shape, _, part = text.partition("&slice=")
    dims = [int(d) for d in shape.split(",") if d]
    for i, bounds in enumerate(part.split(",") if part else []):
        if ":" not in bounds:
            dims[i] = 1
            continue
        start, stop = (int(b) if b else None for b in bounds.split(":"))
        dims[i] = len(range(*slice(start, stop).indices(dims[i])))
    return tuple(dims)


def check_npy(checks, request, raw, array):
    npy = checks.body(request + "&format=npy")
    got = np.load(io.BytesIO(npy), allow_pickle=False)
    saved = io.BytesIO()
    np.save(saved, array)
    checks.that(got.dtype == array.dtype and got.shape == array.shape and got.tobytes() == raw, "np.load of " + request)
    checks.that(saved.getvalue() == npy, request + " is not what np.save writes")


def check_columns(checks, request, array):
    """order=F: what numpy.asfortranarray has in memory, and what numpy.save writes of it."""
    columns = np.asfortranarray(array) if array.ndim else array
    checks.that(checks.body(request + "&order=F") == array.tobytes(order="F"), request + " by columns")
    if array.dtype.kind == "f":
        saved = io.BytesIO()
        np.save(saved, columns)
        checks.that(checks.body(request + "&format=npy&order=F") == saved.getvalue(),
                    request + " is not what np.save writes of asfortranarray")


def strict_safetensors(data):
    """One reading of the format's description: header length, JSON object, offsets without gaps, nothing after."""
    size = int.from_bytes(data[:8], "little")
    header = data[8:8 + size]
    assert len(header) == size and header[:1] == b"{" and size <= 100_000_000
    names = json.loads(header.decode("utf-8"), object_pairs_hook=no_repeats)
    metadata = names.pop("__metadata__", {})
    assert all(isinstance(v, str) for v in metadata.values())
    widths = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
    tensors, end = {}, 0
    for name, row in sorted(names.items(), key=lambda item: item[1]["data_offsets"]):
        start, stop = row["data_offsets"]
        assert set(row) == {"dtype", "shape", "data_offsets"} and start == end
        assert stop - start == widths[row["dtype"]] * math.prod(row["shape"])
        tensors[name], end = (row["dtype"], tuple(row["shape"]), data[8 + size + start:8 + size + stop]), stop
    assert len(data) == 8 + size + end
    return tensors, metadata


def no_repeats(pairs):
    names = [name for name, _ in pairs]
    assert len(set(names)) == len(names)
    return dict(pairs)


def check_safetensors(checks, request, dtype, raw, array):
    data = checks.body(request + "&format=safetensors&name=w.%22q%22")
    tensors, metadata = strict_safetensors(data)
    checks.that(tensors == {'w."q"': (dtype.upper(), array.shape, raw)}, "safetensors of " + request)
    checks.that(checks.body(metadata["request"][6:]) == data, "the request inside the safetensors of " + request)
    if reference and dtype != "bf16":
        got = reference.load(data)['w."q"']
        checks.that(got.dtype == array.dtype and got.shape == array.shape and got.tobytes() == raw,
                    "safetensors.numpy.load of " + request)


def as_bits(values, dtype):
    if dtype == "bf16":  # the decimal is the shortest that rounds to the value: by way of f32, ties cannot occur
        bits = np.asarray(values, "<f4").view("<u4").astype("i8")
        return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
    return np.asarray(values, DTYPES[dtype])


def check_json(checks, request, dtype, raw, array):
    doc = json.loads(checks.body(request + "&format=json"))
    flat = json.loads(checks.body(request + "&format=json&flat=1"))
    nested = np.asarray(doc["data"], "f8")
    checks.that(nested.shape == array.shape == tuple(doc["shape"]), "nesting of the JSON of " + request)
    checks.that(as_bits(nested, dtype).tobytes() == raw, "values of the JSON of " + request)
    checks.that(as_bits(flat["data"], dtype).tobytes() == raw, "values of the flat JSON of " + request)


def check_separated(checks, request, dtype, raw, array):
    """NumPy's loadtxt and Python's csv module; R's read.csv where there is R. The others find the rows by themselves."""
    comma, tab = checks.body(request + "&format=csv"), checks.body(request + "&format=tsv")
    rows = array.reshape(-1, array.shape[-1] if array.ndim > 1 else 1)
    loaded = np.loadtxt(io.BytesIO(comma), delimiter=",", ndmin=2, dtype="f8")
    checks.that(loaded.shape == rows.shape and as_bits(loaded, dtype).tobytes() == raw, "loadtxt of the csv of " + request)
    loaded = np.loadtxt(io.BytesIO(tab), ndmin=2, dtype="f8")
    checks.that(loaded.shape == rows.shape and as_bits(loaded, dtype).tobytes() == raw, "loadtxt of the tsv of " + request)
    for text, dialect in ((comma, "excel"), (tab, "excel-tab")):
        read = [[float(x) for x in row] for row in csv.reader(io.StringIO(text.decode()), dialect)]
        checks.that(as_bits(read, dtype).tobytes() == raw and len(read) == len(rows), f"{dialect} of {request}")


def check_r(checks):
    """R guesses the types of columns from the text: none may become words."""
    for dtype, shape in (("f32", "7,5"), ("f64", "40,3"), ("bf16", "9")):
        request = f"scheme=normal&std=1e-3&shape={shape}&seed=5&dtype={dtype}"
        raw = checks.body(request)
        for name, call in (("csv", "read.csv"), ("tsv", "read.delim")):
            code = f"x <- {call}(file('stdin'), header=FALSE); stopifnot(all(sapply(x, is.numeric))); " \
                   "cat(sprintf('%.17g', t(as.matrix(x))), sep='\\n')"
            out = subprocess.run(["Rscript", "-e", code], input=checks.body(f"{request}&format={name}"),
                                 stdout=subprocess.PIPE, check=True).stdout
            checks.that(as_bits([float(x) for x in out.split()], dtype).tobytes() == raw, f"R's {call} of {request}")


def main():
    checks = Checks(sys.argv[1])
    for i, shape in enumerate(SHAPES + SLICED):
        for j, (dtype, descr) in enumerate(DTYPES.items()):
            request = f"scheme={SCHEMES[(i + j) % len(SCHEMES)]}&shape={shape}&seed={i}&dtype={dtype}"
            raw = checks.body(request)
            array = np.frombuffer(raw, descr).reshape(shape_of(shape))
            if dtype != "bf16":
                check_npy(checks, request, raw, array)
            check_columns(checks, request, array)
            check_safetensors(checks, request, dtype, raw, array)
            if array.size < 10000:
                check_json(checks, request, dtype, raw, array)
                check_separated(checks, request, dtype, raw, array)
    if shutil.which("Rscript"):
        check_r(checks)
    print(f"{checks.done} checks, {checks.failed} wrong; safetensors by {'its package' if reference else 'our reader'}")
    sys.exit(checks.failed > 0)


main()
