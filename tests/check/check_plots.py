"""check_plots.py [--write] - the pictures of /plot, asked of `weightd get`.

Numbers : sweeps and histograms computed anew in plain Python from the bytes of /init, from the formulas of Poole et al. 2016 and
          Schoenholz et al. 2017, with the functions of Python's math. Six digits are printed, so five must agree.
Digests : tests/vectors/plots.txt has the SHA-256 of each target; --write writes it anew.
Text    : SVG is well-formed XML with title and description, ids once, no style attribute, no script, nothing from elsewhere."""
import hashlib
import json
import math
import os
import re
import struct
import subprocess
import sys
import zlib
import xml.etree.ElementTree as ET

WEIGHTD = os.environ.get("WEIGHTD", "build/weightd")
VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../vectors/plots.txt")
failed = 0


def wrong(what):
    global failed
    failed += 1
    print(what)


def get(target):
    return subprocess.run([WEIGHTD, "get", target], check=True, stdout=subprocess.PIPE).stdout


def near(a, b, digits=2e-5):
    if a is None or b is None:
        return a is None and (b is None or not math.isfinite(b))
    return abs(a - b) <= digits * max(abs(a), abs(b)) + 1e-300


# ---- activations, written from their definitions ---------------------------------------------------------------------------


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z)


def softplus(z):
    return math.log1p(math.exp(-abs(z))) + max(z, 0)


def cdf(z):
    return math.erfc(-z / math.sqrt(2)) / 2


SCALE, ALPHA = 1.0507009873554805, 1.6732632423543772
PHI = {
    "linear": (lambda z: z, lambda z: 1),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (math.tanh, lambda z: 1 / math.cosh(z) ** 2),
    "relu": (lambda z: max(z, 0), lambda z: z > 0),
    "leaky_relu": (lambda z: z if z > 0 else 0.01 * z, lambda z: 1 if z > 0 else 0.01),
    "selu": (lambda z: SCALE * (z if z > 0 else ALPHA * math.expm1(z)), lambda z: SCALE * (1 if z > 0 else ALPHA * math.exp(z))),
    "gelu": (lambda z: z * cdf(z), lambda z: cdf(z) + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)),
    "silu": (lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
    "elu": (lambda z: z if z > 0 else math.expm1(z), lambda z: 1 if z > 0 else math.exp(z)),
    "mish": (lambda z: z * math.tanh(softplus(z)),
             lambda z: math.tanh(softplus(z)) + z * (1 - math.tanh(softplus(z)) ** 2) * sigmoid(z)),
    "softplus": (softplus, sigmoid),
}


def expectation(f, variance):
    """E f(z) of z ~ N(0, variance), by a rule that has no node at 0."""
    total = 0
    for i in range(-4000, 4000):
        x = (i + 0.5) / 500
        total += math.exp(-x * x / 2) * f(math.sqrt(variance) * x)
    return total / 500 / math.sqrt(2 * math.pi)


# ---- depth -----------------------------------------------------------------------------------------------------------------


def matrix(target, rows, cols):
    raw = get(target)
    flat = struct.unpack(f"<{rows * cols}d", raw)
    return [flat[r * cols:(r + 1) * cols] for r in range(rows)]


def weights(query, n_in, n_out):
    """In the layouts oi and hwoi matrices are (out, in)."""
    out_first = "layout=oi" in query or "layout=hwoi" in query or "like=torch" in query
    shape = (n_out, n_in) if out_first else (n_in, n_out)
    rows = matrix(f"/init?{query}&shape={shape[0]},{shape[1]}&dtype=f64&format=raw", *shape)
    return list(zip(*rows)) if out_first else rows


def times(a, b):
    columns = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) for column in columns] for row in a]


def rms(a):
    return math.sqrt(sum(x * x for row in a for x in row) / (len(a) * len(a[0])))


def check_sweep(scheme, activation, depth=4, width=6, batch=4, seed=3):
    query = f"{scheme}&dtype=f64&activation={activation}&depth={depth}&width={width}&batch={batch}&seed={seed}"
    answer = json.loads(get(f"/plot/sweep.json?{query}"))
    phi, slope = PHI[activation]
    layers = [weights(f"{scheme}&seed={seed}&stream=layer.{l}.weight", width, width) for l in range(depth)]
    h = matrix(f"/init?scheme=normal&shape={batch},{width}&dtype=f64&seed={seed}&stream=sweep.input&format=raw", batch, width)
    g = matrix(f"/init?scheme=normal&shape={batch},{width}&dtype=f64&seed={seed}&stream=sweep.output&format=raw", batch, width)
    forward, back, zs = [rms(h)], [rms(g)], []
    for w in layers:
        zs.append(times(h, w))
        h = [[phi(z) for z in row] for row in zs[-1]]
        forward.append(rms(h))
    for w, z in zip(reversed(layers), reversed(zs)):
        g = times([[x * slope(y) for x, y in zip(*rows)] for rows in zip(g, z)], list(zip(*w)))
        back.insert(0, rms(g))
    for name, mine in (("activations", forward), ("gradients", back)):
        for l, (a, b) in enumerate(zip(answer[name]["rms"], mine)):
            if not near(a, b):
                wrong(f"{query}: {name}.rms[{l}] is {a}, computed anew {b}")
    variance = answer["weight_variance"]
    square, chi, spread = 1, [], 0
    for l in range(1, depth + 1):
        v = width * variance * square
        before, square = square, expectation(lambda z: phi(z) ** 2, v)
        fourth = expectation(lambda z: phi(z) ** 4, v)
        elasticity = expectation(lambda z: z * phi(z) * slope(z), v) / square
        spread = elasticity ** 2 * spread + (fourth / square ** 2 - 1) / width
        chi.append(width * variance * expectation(lambda z: slope(z) ** 2, v))
        if not near(answer["activations"]["theory"][l], math.sqrt(square), 1e-4):
            wrong(f"{query}: activations.theory[{l}] is {answer['activations']['theory'][l]}, computed anew {math.sqrt(square)}")
        if answer["stable"] and not near(answer["activations"]["log_sd"][l], math.sqrt(spread) / 2, 1e-3):
            wrong(f"{query}: activations.log_sd[{l}] is {answer['activations']['log_sd'][l]}, computed anew {math.sqrt(spread) / 2}")
    for l in range(depth):
        mine = math.sqrt(math.prod(chi[l:]))
        if not near(answer["gradients"]["theory"][l], mine, 4e-4):  # 800 nodes, and a slope that jumps
            wrong(f"{query}: gradients.theory[{l}] is {answer['gradients']['theory'][l]}, computed anew {mine}")


# ---- singular values and equal units ---------------------------------------------------------------------------------------


def log_determinant(a):
    a, total = [list(row) for row in a], 0
    for k in range(len(a)):
        pivot = max(range(k, len(a)), key=lambda i: abs(a[i][k]))
        a[k], a[pivot] = a[pivot], a[k]
        total += math.log(abs(a[k][k]))
        for i in range(k + 1, len(a)):
            share = a[i][k] / a[k][k]
            a[i] = [x - share * y for x, y in zip(a[i], a[k])]
    return total


def largest_singular_value(a):
    """By the power method on a a^T."""
    square, v = times(a, list(zip(*a))), [[1 + i / 7] for i in range(len(a))]
    for _ in range(3000):
        v = times(square, v)
        length = math.sqrt(sum(x * x for (x,) in v))
        v = [[x / length] for (x,) in v]
    return math.sqrt(length)


def check_spectrum(scheme, activation, width=6, seed=3):
    query = f"{scheme}&dtype=f64&activation={activation}&width={width}&seed={seed}"
    answer = json.loads(get(f"/plot/spectrum.json?{query}"))
    h = matrix(f"/init?scheme=normal&shape=1,{width}&dtype=f64&seed={seed}&stream=sweep.input&format=raw", 1, width)
    jacobian = [[float(i == j) for j in range(width)] for i in range(width)]
    phi, slope = PHI[activation]
    for l in range(5):
        w = matrix(f"/init?{scheme}&shape={width},{width}&dtype=f64&seed={seed}&stream=layer.{l}.weight&format=raw", width, width)
        z = times(h, w)[0]
        h = [[phi(x) for x in z]]
        jacobian = [[x * slope(y) for x, y in zip(row, z)] for row in times(jacobian, w)]
        if l + 1 not in answer["layers"]:
            continue
        values = answer["singular_values"][answer["layers"].index(l + 1)]
        mine = {"sum of squares": (sum(x * x for x in values), sum(x * x for row in jacobian for x in row)),
                "largest": (values[0], largest_singular_value(jacobian)),
                "product": (math.prod(values), math.exp(log_determinant(jacobian)))}
        for name, (a, b) in mine.items():
            if not near(a, b, 5e-5):
                wrong(f"{query}: {name} of the singular values after {l + 1} layers is {a}, computed anew {b}")


def check_symmetry(scheme, activation, distinct):
    """Plain gradient descent on exclusive-or, all four points at once."""
    query = f"{scheme}&dtype=f64&activation={activation}"
    answer = json.loads(get(f"/plot/symmetry.json?{query}"))
    phi, slope = PHI[activation]
    own = "" if scheme.startswith(("zeros", "constant")) else "&seed=%d" if "like=" in scheme else "&stream=layer.%d.weight"
    one, two = (weights(scheme + (own % l if own else ""), *shape) for l, shape in enumerate(((2, 8), (8, 1))))
    units = [[one[0][u], one[1][u], 0, two[u][0]] for u in range(8)]  # two weights, bias, weight above
    above = first = 0
    for step in range(4001):
        loss, gradients, error_sum = 0, [[0] * 4 for _ in units], 0
        for x, y, want in ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)):
            sums = [a * x + b * y + c for a, b, c, _ in units]
            logit = above + sum(phi(z) * unit[3] for z, unit in zip(sums, units))
            loss += softplus(-logit if want else logit) / 4
            error = (sigmoid(logit) - want) / 4
            error_sum += error
            for z, unit, gradient in zip(sums, units, gradients):
                back = error * unit[3] * slope(z)
                for i, change in enumerate((back * x, back * y, back, error * phi(z))):
                    gradient[i] += change
        if step == 0:
            first = max(abs(g[i]) for g in gradients for i in (0, 1, 3))
        if step % 40 == 0:
            at = step // 40
            if not near(answer["losses"][at], loss, 1e-4):
                wrong(f"{query}: the loss at step {step} is {answer['losses'][at]}, computed anew {loss}")
                break
            if not all(abs(p - w) < 1e-4 * (1 + abs(w)) for path, unit in zip(answer["paths"], units) for p, w in zip(path[at], unit)):
                wrong(f"{query}: the paths at step {step}")
                break
        units = [[a - 0.3 * g for a, g in zip(unit, gradient)] for unit, gradient in zip(units, gradients)]
        above -= 0.3 * error_sum
    if not near(answer["first_gradient"], first) or answer["distinct"] != distinct:
        wrong(f"{query}: first gradient {answer['first_gradient']}, computed anew {first}; {answer['distinct']} units differ")


# ---- the grid: medians of sweeps -------------------------------------------------------------------------------------------


def check_grid(depth=5, width=8):
    """Cells are those of sweeps that are asked for alone."""
    answer = json.loads(get(f"/plot/grid.json?depth={depth}&width={width}&seed=3"))
    for scheme, activation in (("xavier_uniform", "tanh"), ("orthogonal", "relu"), ("sparse", "selu"), ("he_normal", "gelu")):
        sweeps = [json.loads(get(f"/plot/sweep.json?scheme={scheme}&activation={activation}&depth={depth}&width={width}&batch=32&seed={seed}"))
                  for seed in answer["seeds"]]
        at = answer["schemes"].index(scheme), answer["activations"].index(activation)
        for name, layer in (("activations", depth), ("gradients", 0)):
            mine = sorted(sweep[name]["rms"][layer] for sweep in sweeps)[1]
            theirs = answer["log10"][name][at[0]][at[1]]
            if (theirs is None) != (mine == 0) or (mine and not abs(theirs - math.log10(mine)) < 2e-5 * (1 + abs(theirs))):
                wrong(f"grid: {name} of {scheme} and {activation} is {theirs}, of sweeps {mine}")
    dead = answer["schemes"].index("zeros")
    if any(value is not None for value in answer["log10"]["gradients"][dead]):
        wrong("grid: zeros have a gradient")


# ---- histograms ------------------------------------------------------------------------------------------------------------


def check_histogram(query, share):
    answer = json.loads(get(f"/plot/histogram.json?{query}&dtype=f64&bins=16"))
    n = answer["elements"]
    x = struct.unpack(f"<{n}d", get(f"/init?{query}&dtype=f64&format=raw"))
    mean = math.fsum(x) / n
    std = math.sqrt(math.fsum((y - mean) ** 2 for y in x) / n)
    kurtosis = math.fsum((y - mean) ** 4 for y in x) / n / std ** 4
    values, bins = answer["values"], answer["bins"]
    for name, mine in (("std", std), ("min", min(x)), ("max", max(x)), ("kurtosis", kurtosis)):
        if not near(values[name], mine):
            wrong(f"{query}: {name} is {values[name]}, computed anew {mine}")
    if abs(values["mean"] - mean) > 1e-5 * std:
        wrong(f"{query}: mean is {values['mean']}, computed anew {mean}")
    low, width = bins["low"], (bins["high"] - bins["low"]) / 16
    if sum(bins["count"]) != sum(bins["low"] * (1 + 1e-9) - 1e-12 <= y <= bins["high"] * (1 + 1e-9) + 1e-12 for y in x):
        wrong(f"{query}: {sum(bins['count'])} numbers are counted")
    for i, expected in enumerate(bins["expected"]):
        mine = n * share(low + i * width, low + (i + 1) * width)
        if not abs(expected - mine) <= 2e-3 * mine + 2e-3:
            wrong(f"{query}: expected[{i}] is {expected}, computed anew {mine}")


def check_versus(query, names):
    """Every line is the histogram of the numbers that /init gives with that like=."""
    answer = json.loads(get(f"/plot/versus.json?{query}&vs={names}&bins=16"))
    if [row["like"] for row in answer["tensors"]] != ["native", *names.split(",")]:
        wrong(f"{query}: lines of {[row['like'] for row in answer['tensors']]}")
    low, width = answer["bins"]["low"], (answer["bins"]["high"] - answer["bins"]["low"]) / 16
    everything = []
    for row in answer["tensors"]:
        like = "" if row["like"] == "native" else f"&like={row['like']}"
        letter = "d" if "dtype=f64" in row["request"] else "f"
        x = struct.unpack(f"<{answer['read']}{letter}", get(f"/init?{query}{like}&format=raw"))
        everything += x
        mean = math.fsum(x) / len(x)
        std = math.sqrt(math.fsum((y - mean) ** 2 for y in x) / len(x))
        if not near(row["values"]["std"], std) or not near(row["values"]["largest"], max(map(abs, x))):
            wrong(f"{query}: {row['like']} has {row['values']}, computed anew {std}, {max(map(abs, x))}")
        for i, density in enumerate(row["density"]):
            # Six digits of an edge may put a number into the next bin.
            least = sum(low + (i + 1e-3) * width <= y < low + (i + 1 - 1e-3) * width for y in x)
            most = sum(low + (i - 1e-3) * width <= y < low + (i + 1 + 1e-3) * width for y in x)
            if not least * (1 - 1e-4) <= density * len(x) * width <= most * (1 + 1e-4) + 1e-9:
                wrong(f"{query}: {row['like']} has density {density} in bin {i}, computed anew {least} to {most} numbers")
    if not near(low, min(everything)) or not near(answer["bins"]["high"], max(everything)):
        wrong(f"{query}: bins from {answer['bins']}")
    return answer


def check_known_versus():
    """torch cuts nothing, jax cuts and makes up for it, tfjs cuts and does not."""
    rows = {row["like"]: row["values"] for row in check_versus("scheme=he_normal&shape=128,64&seed=7", "torch,jax,tfjs")["tensors"]}
    std = math.sqrt(2 / 128)
    for name, reach, kept in (("jax", 2 / 0.87962566, 1), ("tfjs", 2, 0.87962566)):
        if rows[name]["largest"] > reach * std * 1.0001 or abs(rows[name]["std"] / std / kept - 1) > 0.03:
            wrong(f"versus: {name} is {rows[name]}, std {std}")
    if rows["torch"]["largest"] < 3 * math.sqrt(2 / 64):
        wrong(f"versus: torch is {rows['torch']}")


def check_numbers():
    check_known_versus()
    check_versus("scheme=xavier_uniform&shape=40,60&seed=3", "numpy,numpy-generator,torch@2.0,jax@0.10")
    for activation in PHI:
        check_sweep("scheme=he_normal", activation)
    check_sweep("scheme=orthogonal", "tanh")
    for layout in ("io", "oi", "hwoi"):
        check_sweep(f"scheme=xavier_uniform&layout={layout}", "selu")
    check_spectrum("scheme=lecun_normal", "linear")
    check_spectrum("scheme=he_normal", "gelu")
    check_symmetry("scheme=zeros", "tanh", 1)
    check_symmetry("scheme=constant&value=0.5", "sigmoid", 1)
    check_symmetry("scheme=xavier_normal&seed=7", "tanh", 8)
    check_symmetry("scheme=he_normal&layout=oi&seed=7", "tanh", 8)
    check_symmetry("scheme=kaiming_normal&like=torch", "tanh", 8)
    check_grid()
    check_edges()
    check_ticks()
    check_seeds()
    check_fits()
    check_roundness()
    check_whole_and_empty()
    check_orthogonal()
    normal = lambda std: lambda a, b: cdf(b / std) - cdf(a / std)
    check_histogram("scheme=normal&shape=50,40&std=0.5&seed=1", normal(0.5))
    cut = cdf(2) - cdf(-2)
    check_histogram("scheme=truncated_normal&shape=50,40&std=1&seed=1",
                    lambda a, b: (cdf(min(b, 2)) - cdf(max(a, -2))) / cut)
    check_histogram("scheme=uniform&shape=50,40&low=-1&high=3", lambda a, b: (b - a) / 4)
    haar = lambda a, b: sum((1 - (a + (b - a) * (i + 0.5) / 500) ** 2) ** ((30 - 3) / 2) for i in range(500)) * (b - a) / 500
    whole = haar(-1, 1)
    check_histogram("scheme=orthogonal&shape=30,30&seed=2", lambda a, b: haar(a, b) / whole)


# ---- numbers that no picture has room for ----------------------------------------------------------------------------------


SVG = "{http://www.w3.org/2000/svg}"


def picture(target):
    """The parts of an SVG: its description, its texts, and the points of its lines, in pixels."""
    root = ET.fromstring(get(target))
    texts = ["".join(element.itertext()) for element in root.iter(SVG + "text")]
    lines = []
    for path in root.iter(SVG + "path"):
        if path.attrib.get("stroke-width") != "2" or "h" in path.attrib["d"]:
            continue
        x = y = 0
        for letter, a, b in re.findall(r"([Ml])(-?[\d.]+) ?(-?[\d.]+)", path.attrib["d"]):
            x, y = (float(a), float(b)) if letter == "M" else (x + float(a), y + float(b))
            if letter == "M":
                lines.append([])
            lines[-1].append((x, y))
    return root.find("{*}desc").text, texts, lines


def check_edges():
    """Lines end where they leave the picture: no two points lie on its edge; what overflows is not called dead."""
    for query, edge in (("scheme=normal&std=1&activation=linear&depth=200", "60"), ("scheme=random&activation=linear&depth=200", "-60"),
                        ("scheme=normal&std=1e6&activation=relu&depth=200&dtype=f64", "60")):
        description, texts, lines = picture(f"/plot/sweep.svg?{query}")
        if f"the edge of the picture, the power {edge} of ten." not in description:
            wrong(f"{query}: does not say where lines end: {description}")
        least, most = (f(y for line in lines for _, y in line) for f in (min, max))
        for line in lines:
            if sum(y in (least, most) for _, y in line) > 1:
                wrong(f"{query}: a line that is flat at the edge: {line[-5:]}")
        if any("dead" in text for text in texts):
            wrong(f"{query}: {texts}")
    answer = json.loads(get("/plot/sweep.json?scheme=normal&std=1e6&activation=relu&depth=200&dtype=f64"))
    rms = answer["activations"]["rms"]
    if None not in rms or any(value is not None for value in rms[rms.index(None):] + answer["gradients"]["rms"][:200]):
        wrong(f"what overflows comes back: {rms}")
    if "activations overflow, so gradients are not known" not in texts or "overflow after the last" not in description:
        wrong(f"what overflows is not called so: {description}, {texts}")
    for query in ("/plot/spectrum.svg?scheme=normal&std=1e9&dtype=f64", "/plot/symmetry.svg?scheme=constant&value=1e308&dtype=f64"):
        description = picture(query)[0]
        if "overflow" not in description or re.search(r"\b(nan|inf)\b", description):
            wrong(f"{query}: {description}")


def check_ticks():
    """Labels are numbers as people write them."""
    ticks = lambda query: [text for text in picture(f"/plot/histogram.svg?{query}")[1] if re.match(r"[0-9\u2212]", text)]
    for query, some in (("scheme=sparse&shape=512,128", "20000 40000 60000"), ("scheme=sparse&shape=2000,1000", "0.5\u00b7106 1\u00b7106"),
                        ("scheme=normal&std=1e-7&dtype=f64&shape=100", "\u22124\u00b710\u22127 0 4\u00b710\u22127"),
                        ("scheme=normal&mean=1000&std=0.001&dtype=f64&shape=100", "999.996 1000 1000.004"),
                        ("scheme=constant&value=1.5e308&dtype=f64&shape=9", "1.5\u00b710308"),
                        ("scheme=normal&std=5e-324&dtype=f64&shape=9", "\u22120.2 0 0.2")):
        labels = ticks(query)
        if not set(some.split()) <= set(labels) or any("e" in label or "-" in label for label in labels):
            wrong(f"{query}: ticks {labels}, not {some}")


def check_seeds():
    for name in ("sweep", "spectrum", "symmetry"):
        for like, said in (("&like=torch", True), ("", False)):
            if ("Layer 1 has seed 7, each further layer one more." in picture(f"/plot/{name}.svg?scheme=xavier_normal&seed=7{like}")[0]) != said:
                wrong(f"{name}{like}: which seeds the layers have")


# ---- histograms of frameworks, and what has no histogram -------------------------------------------------------------------

FRAMEWORKS = {
    "torch": ("normal&mean=2&std=0.5", "uniform", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "linear_default",
              "embedding_default", "trunc_normal", "trunc_normal&low=-0.5&high=3", "kaiming_normal&dtype=f64"),
    "torch@2.0": ("trunc_normal&std=0.7", "xavier_normal"),
    "jax": ("uniform&scale=3", "normal", "truncated_normal&std=2", "he_normal", "lecun_normal&dtype=f64", "glorot_uniform", "lecun_uniform",
            "variance_scaling&scale=3&mode=fan_avg&distribution=normal"),
    "jax@0.10": ("he_normal", "he_uniform"),
    "jax-legacy": ("glorot_normal", "glorot_uniform&dtype=f64"),
    "numpy": ("xavier_normal", "xavier_uniform", "normal&mean=-1&std=3", "uniform&low=2&high=5", "standard_normal", "random_sample"),
    "numpy-generator": ("he_normal", "uniform&low=-1&high=5", "standard_normal&dtype=f32", "random_sample&dtype=f32"),
    "tfjs": ("he_normal", "glorot_uniform", "truncated_normal&mean=1", "normal"),
    "native": ("he_normal", "lecun_uniform", "truncated_normal&low=0.5&high=3", "truncated_normal&cut=2.5"),
}


def check_fits():
    """Chi square over 2^18 numbers is as chance makes it, and the mean by the formula is that of the numbers."""
    for like, schemes in FRAMEWORKS.items():
        for scheme in schemes:
            query = f"scheme={scheme}&shape=512,512&like={like}&seed=7"
            answer = json.loads(get(f"/plot/histogram.json?{query}"))
            fit, values, degrees = answer["fit"], answer["values"], answer["fit"]["degrees"]
            if degrees < 40 or abs(fit["chi2"] - degrees) > 6 * math.sqrt(2 * degrees):
                wrong(f"{query}: {fit}")
            if abs(answer["formula"]["mean"] - values["mean"]) > 6 * values["std"] / 512:
                wrong(f"{query}: mean by the formula {answer['formula']['mean']}, of the numbers {values['mean']}")
    for query in ("scheme=orthogonal&shape=64,64&like=torch", "scheme=sparse&shape=64,64&like=torch", "scheme=orthogonal&shape=64,64&like=jax",
                  "scheme=eye&shape=64,64&like=numpy", "scheme=truncated_normal&low=10&high=11&shape=64,64"):
        answer = json.loads(get(f"/plot/histogram.json?{query}&seed=7"))
        if answer["fit"] != {"chi2": None, "degrees": 0} or any(value is not None for value in answer["bins"]["expected"]):
            wrong(f"{query}: has a density, {answer['fit']}")


def check_roundness():
    """No chi square where rounding shows, one where it does not; either way it is no worse than chance."""
    for query, round_ in (("scheme=uniform&dtype=f8_e4m3&shape=40,40", True), ("scheme=normal&dtype=f8_e5m2&shape=512,512", True),
                          ("scheme=normal&dtype=bf16&shape=512,512", True), ("scheme=normal&dtype=bf16&shape=64,64", False),
                          ("scheme=normal&dtype=f16&shape=512,512", False), ("scheme=normal&dtype=f16&shape=4096,4096", True),
                          ("scheme=kaiming_normal&like=torch&dtype=f16&shape=512,512", False),
                          ("scheme=normal&mean=1000&std=0.001&shape=512,512", True)):
        fit = json.loads(get(f"/plot/histogram.json?{query}&seed=7"))["fit"]
        degrees = fit["degrees"]
        if (fit["chi2"] is None) != round_ or (not round_ and abs(fit["chi2"] - degrees) > 6 * math.sqrt(2 * degrees)):
            wrong(f"{query}: {fit}")


def check_whole_and_empty():
    for query in ("scheme=he_normal&shape=256,128&seed=7", "scheme=orthogonal&shape=9,5&dtype=f16&slice=2:7", "scheme=normal&shape=0"):
        said = json.loads(get(f"/plot/histogram.json?{query}"))["sha256"]
        if said != get(f"/init?{query}&format=sha256").decode().strip():
            wrong(f"{query}: sha256 {said}")
    for query in ("shape=0", "shape=4,0"):
        values = json.loads(get(f"/plot/histogram.json?scheme=normal&{query}"))["values"]
        if any(values[name] is not None for name in ("mean", "std", "min", "max", "skewness", "kurtosis")):
            wrong(f"{query}: {values}")
        if "no numbers" not in picture(f"/plot/histogram.svg?scheme=normal&{query}")[0]:
            wrong(f"{query}: does not say that there are no numbers")
    long = "scheme=uniform&shape=10000,2000&dtype=f16"
    answer = json.loads(get(f"/plot/histogram.json?{long}"))
    if answer["sha256"] is not None or answer["read"] != 1 << 24 or answer["elements"] != 20000000:
        wrong(f"{long}: {answer['sha256']}, {answer['read']} of {answer['elements']}")
    for target, said in ((f"/plot/histogram.svg?{long}", "The first 16777216 of 20000000 numbers from "),
                         ("/plot/versus.svg?scheme=uniform&shape=5000,2000&vs=torch", "the first 8388608 of 10000000 numbers each.")):
        if said not in picture(target)[0]:
            wrong(f"{target}: {picture(target)[0]}")


def check_orthogonal():
    """Products of orthogonal matrices stretch nothing; f32 rounds each entry, 50 times."""
    for dtype, most in (("f64", 1e-6), ("f32", 6e-6)):
        rows = json.loads(get(f"/plot/spectrum.json?scheme=orthogonal&seed=7&dtype={dtype}"))["singular_values"]
        if [len(row) for row in rows] != [64] * 4 or any(abs(value - 1) > most for row in rows for value in row):
            wrong(f"orthogonal in {dtype}: singular values from {min(map(min, rows))} to {max(map(max, rows))}")


# ---- digests and text ------------------------------------------------------------------------------------------------------


def targets():
    for theme, size in (("auto", "m"), ("dark", "s"), ("light", "l"), ("page", "m")):
        own = f"theme={theme}&size={size}&seed=7"
        yield f"/plot/histogram.svg?scheme=he_normal&shape=256,128&{own}"
        yield f"/plot/sweep.svg?scheme=he_normal&activation=relu&{own}"
        yield f"/plot/heat.png?scheme=sparse&shape=64,64&{own}"
        yield f"/plot/spectrum.svg?scheme=lecun_normal&width=16&{own}"
        yield f"/plot/symmetry.svg?scheme=xavier_normal&{own}"
        yield f"/plot/grid.svg?depth=5&width=8&{own}"
        yield f"/plot/versus.svg?scheme=he_normal&shape=64,64&vs=torch,jax,tfjs&{own}"
    for scheme in ("zeros", "eye&dtype=f16", "orthogonal", "sparse", "uniform&dtype=f8_e4m3", "truncated_normal&dtype=bf16", "constant&value=2"):
        for kind in ("svg", "json", "csv"):
            yield f"/plot/histogram.{kind}?scheme={scheme}&shape=40,40&seed=1"
        yield f"/plot/heat.png?scheme={scheme}&shape=40,40&seed=1"
    for scheme in ("zeros", "normal&std=0.01", "xavier_uniform", "lecun_normal", "orthogonal", "kaiming_uniform&like=torch"):
        for activation in ("linear", "tanh", "gelu", "selu"):
            for kind in ("svg", "json", "csv"):
                yield f"/plot/sweep.{kind}?scheme={scheme}&activation={activation}&depth=12&width=32&batch=8"
    for kind in ("svg", "json", "csv"):
        for query in ("scheme=orthogonal&shape=24,24&vs=jax", "scheme=xavier_uniform&shape=30,20&vs=jax,torch&seed=3&dtype=bf16",
                      "scheme=normal&shape=0,4&vs=torch", "scheme=constant&value=2&shape=9&vs=jax"):
            yield f"/plot/versus.{kind}?{query}"
    for kind in ("json", "csv"):
        yield f"/plot/grid.{kind}?depth=20&width=16&seed=18446744073709551614"
    for kind in ("svg", "json", "csv"):
        for scheme in ("zeros", "orthogonal&seed=7", "he_normal&activation=relu&seed=7", "kaiming_uniform&like=torch&activation=tanh&seed=7"):
            yield f"/plot/spectrum.{kind}?scheme={scheme}&width=24"
        for scheme in ("zeros", "constant&value=0.5&activation=sigmoid", "normal&std=0.01&seed=7", "xavier_normal&activation=relu&seed=7"):
            yield f"/plot/symmetry.{kind}?scheme={scheme}"


def check_svg(target, body):
    text = body.decode()
    root = ET.fromstring(text)
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    ids = [element.attrib["id"] for element in root.iter() if "id" in element.attrib]
    title = root.find("{*}title")
    description = root.find("{*}desc")
    bad = [a for element in root.iter() for a in element.attrib if a == "style" or a.startswith("on") or a.endswith("href")]
    if bad or "script" in names or len(ids) != len(set(ids)) or re.search(r"http(?!://www.w3.org/2000/svg)", text) or "nan" in text:
        wrong(f"{target}: {bad or names}")
    if not title.text or len(description.text) < 40:
        wrong(f"{target}: no words for who does not see")
    if len(body) > (24000 if "/grid" in target else 16000):
        wrong(f"{target}: {len(body)} bytes")


def check_png(target, body):
    at, kinds = 8, []
    while at < len(body):
        n, = struct.unpack(">I", body[at:at + 4])
        kinds.append(body[at + 4:at + 8])
        if struct.unpack(">I", body[at + 8 + n:at + 12 + n])[0] != zlib.crc32(body[at + 4:at + 8 + n]):
            wrong(f"{target}: the sum of {kinds[-1]} is wrong")
        at += 12 + n
    if body[:8] != b"\x89PNG\r\n\x1a\n" or kinds != [b"IHDR", b"PLTE", b"IDAT", b"IEND"]:
        wrong(f"{target}: no PNG of {kinds}")


def check_digests(write):
    lines = []
    for target in targets():
        body = get(target)
        lines.append(f"{hashlib.sha256(body).hexdigest()} {target}\n")
        if ".svg?" in target:
            check_svg(target, body)
        elif ".png?" in target:
            check_png(target, body)
    if write:
        open(VECTORS, "w").writelines(lines)
        return
    for old, new in zip(open(VECTORS).readlines() + [""] * len(lines), lines):
        if old != new:
            wrong(f"other bytes: {new.strip()}")


check_numbers()
check_digests("--write" in sys.argv)
sys.exit(failed > 0)
