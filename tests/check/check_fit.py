"""check_fit.py - /fit names every scheme, layout and type that it is given numbers of, and says what a second implementation
says, which is written from docs/ALGORITHM.md's formulas alone."""
import json
import math
import os
import struct
import sys
import urllib.parse

from running import Running

problems = []


def wrong(where, what):
    problems.append(f"{where}: {what}")


# ---- numbers of /init ------------------------------------------------------------------------------------------------------


def small(bits, exponent, fraction, infinity):
    """A number of few bits, from its fields."""
    bias = 2 ** (exponent - 1) - 1
    sign = -1 if bits >> (exponent + fraction) else 1
    e, f = bits >> fraction & (2 ** exponent - 1), bits & (2 ** fraction - 1)
    if infinity and e == 2 ** exponent - 1:
        return math.nan if f else sign * math.inf
    return sign * ((1 + f / 2 ** fraction) * 2.0 ** (e - bias) if e else f / 2 ** fraction * 2.0 ** (1 - bias))


def bfloat(bits):
    return struct.unpack("<f", struct.pack("<I", bits << 16))[0]


E4M3 = [small(i, 4, 3, False) for i in range(256)]
E5M2 = [small(i, 5, 2, True) for i in range(256)]
TYPES = {"f64": ("d", None), "f32": ("f", None), "f16": ("e", None), "bf16": ("H", bfloat),
         "f8_e4m3": ("B", E4M3.__getitem__), "f8_e5m2": ("B", E5M2.__getitem__)}


def numbers(server, query, dtype):
    letter, turn = TYPES[dtype]
    raw = server.get(f"/init?{query}&dtype={dtype}&format=raw")
    values = struct.unpack(f"<{len(raw) // struct.calcsize(letter)}{letter}", raw)
    return [turn(value) for value in values] if turn else values


def measure(values):
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((x - mean) ** 2 for x in values) / len(values)), max(map(abs, values))


# ---- the second implementation ---------------------------------------------------------------------------------------------


def fans(shape, layout):
    kernel = math.prod(shape[:-2] if layout == "io" else shape[2:])
    inputs, outputs = shape[-2:] if layout == "io" else (shape[1], shape[0])
    return kernel * inputs, kernel * outputs


CUT_STD = 0.87962566103423978  # of a normal cut at two standard deviations
KURTOSIS = {"uniform": 1.8, "truncated": 2.3655365, "normal": 3.0}

# name: variance of fan_in and fan_out, kind, may it be cut?
SCHEMES = {
    "xavier_uniform": (lambda i, o: 2 / (i + o), "uniform", False),
    "xavier_normal": (lambda i, o: 1 / i, "normal", True),
    "glorot_uniform": (lambda i, o: 2 / (i + o), "uniform", False),
    "glorot_normal": (lambda i, o: 2 / (i + o), "normal", True),
    "he_uniform": (lambda i, o: 2 / i, "uniform", False),
    "he_normal": (lambda i, o: 2 / i, "normal", True),
    "lecun_uniform": (lambda i, o: 1 / i, "uniform", False),
    "lecun_normal": (lambda i, o: 1 / i, "normal", True),
}


def kind_of(std, largest):
    ratio = largest / std
    return "uniform" if ratio <= 1.767 else "truncated" if ratio <= 2.319 else "normal"


def candidates(shape):
    """(query without the shape, std, kind), a layout that gives the same std left out."""
    found = [("scheme=normal&std=0.02", 0.02, "normal"), ("scheme=normal&std=0.02&truncated=1", 0.02, "truncated")]
    found += [("like=torch&scheme=linear_default", math.sqrt(1 / (3 * fans(shape, "oi")[0])), "uniform")]
    for layers in (6, 12, 24, 32, 36, 48, 80):
        found.append((f"0.02/sqrt({2 * layers})", 0.02 / math.sqrt(2 * layers), "normal"))
    for name, (variance, kind, cut) in SCHEMES.items():
        for tail, kind_now in (("", kind), ("&truncated=1", "truncated"))[:1 + cut]:
            before = 0
            for layout in ("", "&layout=oi"):
                std = math.sqrt(variance(*fans(shape, "oi" if layout else "io")))
                if abs(std - before) > 1e-9 * std:
                    found.append((f"scheme={name}{tail}{layout}", std, kind_now))
                before = before or std
    return found


def fit(shape, std, largest):
    """The candidates that agree, with their distances."""
    n, kind = math.prod(shape), kind_of(std, largest)
    kinds = {kind}
    if 1.767 < largest / std <= 1.96:
        kinds.add("uniform")
    if 2.319 < largest / std <= 2.56:
        kinds.add("truncated")
    rows = [(query, (std - wanted) / (wanted * math.sqrt((KURTOSIS[k] - 1) / (4 * n)))) for query, wanted, k in candidates(shape) if k in kinds]
    return kind, sorted([row for row in rows if abs(row[1]) < 4], key=lambda row: abs(row[1]))


# ---- the comparison --------------------------------------------------------------------------------------------------------


def ask(server, shape, std, largest):
    query = urllib.parse.urlencode({"shape": ",".join(map(str, shape)), "std": repr(std), "max": repr(largest)})
    return json.loads(server.get(f"/fit?{query}"))


def bare(request):
    """The request without its shape; a normal of an odd std by the std that it comes from."""
    pairs = [pair for pair in request.partition("?")[2].split("&") if not pair.startswith("shape=")]
    if pairs[0] == "scheme=normal" and pairs[1] != "std=0.02":
        layers = round((0.02 / float(pairs[1][4:])) ** 2)
        return f"0.02/sqrt({layers})"
    return "&".join(pairs)


def compare(where, shape, std, largest, answer):
    kind, mine = fit(shape, std, largest)
    theirs = [(bare(match["request"]), match["off_by_sd"]) for match in answer["matches"]]
    known = {query for query, _, _ in candidates(shape)}
    theirs = [row for row in theirs if row[0] in known]
    if answer["kind"] != kind or {q for q, _ in theirs} != {q for q, _ in mine}:
        wrong(where, f"says {answer['kind']}, {theirs}; computed anew {kind}, {mine}")
        return
    for query, off in theirs:
        if abs(off - dict(mine)[query]) > 2e-3 * (1 + abs(off)):
            wrong(where, f"{query} is off by {off}, computed anew {dict(mine)[query]}")


def check_scheme(server, shape, name, tail, layout, dtype):
    query = f"scheme={name}{tail}{layout}"
    text = ",".join(map(str, shape))
    std, largest = measure(numbers(server, f"{query}&shape={text}&seed=5", dtype))
    answer = ask(server, shape, std, largest)
    where = f"{query}, {text}, {dtype}"
    compare(where, shape, std, largest, answer)
    variance = SCHEMES[name][0]
    wanted = math.sqrt(variance(*fans(shape, "oi" if layout else "io")))
    kind = "truncated" if tail else SCHEMES[name][1]
    # Rounding to 8 bits alone can move the std by more than chance does; then nobody can name it.
    exact, _ = measure(numbers(server, f"{query}&shape={text}&seed=5", "f64"))
    if dtype.startswith("f8") and abs(std / exact - 1) > 2 * math.sqrt((KURTOSIS[kind] - 1) / (4 * math.prod(shape))):
        return
    # A request of this very std and kind is it: a twin, as glorot_uniform is of xavier_uniform, gives the same numbers.
    if not any(abs(m["std"] / wanted - 1) < 1e-9 and kind == kind_in(m["request"]) for m in answer["matches"]):
        wrong(where, f"std {std}, largest {largest}: {answer['kind']}, {[m['request'] for m in answer['matches']]}")


def kind_in(request):
    return "uniform" if "uniform" in request else "truncated" if "truncated=1" in request else "normal"


def check_others(server):
    """What has no scheme of its own, and what is known of real files."""
    for query, shape in (("scheme=normal&std=0.02&seed=3", (300, 200)), ("scheme=normal&std=0.02&truncated=1&seed=3", (300, 200)),
                         ("like=torch&scheme=linear_default&seed=3", (300, 200)), (f"scheme=normal&std={0.02 / math.sqrt(24)}&seed=3", (300, 200)),
                         ("scheme=orthogonal&seed=3", (120, 120)), ("scheme=normal&std=0.0777&seed=3", (300, 200))):
        std, largest = measure(numbers(server, f"{query}&shape={shape[0]},{shape[1]}", "f32"))
        answer = ask(server, shape, std, largest)
        compare(query, shape, std, largest, answer)
        plain = query.replace("&seed=3", "")
        if "0.0777" in query:
            if answer["matches"] or "scheme=normal&std=" not in answer["closest"]:
                wrong(query, f"is {answer}")
        elif not any(bare(m["request"]) == bare("?" + plain) for m in answer["matches"]):
            wrong(query, f"is not named: {[m['request'] for m in answer['matches']]}")
    # Without the largest value every kind is possible.
    answer = json.loads(server.get("/fit?shape=256,128&std=0.0885"))
    names = {bare(m["request"]) for m in answer["matches"]}
    if answer["kind"] != "any" or not {"scheme=he_normal", "scheme=he_uniform", "scheme=he_normal&truncated=1", "scheme=lecun_normal&layout=oi"} <= names:
        wrong("/fit without max", f"{answer['kind']}, {names}")


def main():
    server = Running()
    try:
        for shape in ((96, 160), (3, 3, 20, 28)):
            for name, (_, _, cut) in SCHEMES.items():
                for tail in ("", "&truncated=1")[:1 + cut]:
                    for layout in ("", "&layout=oi"):
                        for dtype in TYPES:
                            check_scheme(server, shape, name, tail, layout, dtype)
        check_others(server)
    finally:
        server.stop()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
