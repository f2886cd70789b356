#!/usr/bin/env python3
"""like= against the frameworks that this Python can import: numpy, torch, jax, and the TensorFlow.js that node finds. Random
requests, edges of every parameter among them.

    check_frameworks.py WI_CAT [CASES [SEED [NAMES]]]   WI_CAT: the program built from tests/check/wi_cat.c; 10000 cases,
                                                      a seed that is printed, "numpy torch jax tfjs"

What is exact must have the framework's bits; where the framework raises, weightd must refuse, and the other way round. What is near
is measured. jax is asked for code for AVX2, as like=jax promises."""
import functools
import importlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import warnings

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_max_isa=AVX2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.simplefilter("ignore")


class Library:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--ask"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, query):
        self.process.stdin.write((query + "\n").encode())
        self.process.stdin.flush()
        words = self.process.stdout.readline().decode().split()
        if words[0] != "ok":
            return None, " ".join(words)
        return self.process.stdout.read(int(words[1])), words[2]


def some_shape(least=1, most=3):
    rank = random.randint(least, most)
    if rank == 0:
        return []
    return [random.choice((1, 2, 3, 5, 8, 17, 40)) for _ in range(rank - 1)] + [random.choice((1, 3, 16, 33, 500, 1000))]


def some_matrix():
    return [random.choice((1, 2, 3, 7, 16, 40)), random.choice((1, 2, 5, 16, 33))]


def some_real(least=-2.0, most=2.0):
    """Mostly ordinary numbers; sometimes what a type cannot hold, or only just. Where -0 counts as 0, 0.0 is added."""
    if random.random() < 0.85:
        return random.uniform(least, most)
    x = random.choice((0.0, 1e-50, 1e-40, 1.1e-38, 3e-8, 6e-8, 1.0004882821813226, 100.0, 9990.0, 65504.0, 65519.0, 7e4, 3e29))
    return max(least * 5e29, x if random.random() < 0.5 or least >= 0 else -x)


def some_seed(limit):
    return random.choice((0, 1, limit - 1, random.randrange(limit), random.randrange(2**32)))


def text(shape):
    return ",".join(map(str, shape))


# ---- numpy ------------------------------------------------------------------------------------------------------------------


def numpy_case(np):
    dtype = random.choice(("f64", "f32", "f16"))
    types = {"f64": np.float64, "f32": np.float32, "f16": np.float16}
    generator = random.random() < 0.5
    seed = some_seed(2**64 if generator else 2**32)
    kind = random.choice(("pcg64", "pcg64dxsm", "philox", "sfc64", "mt19937"))
    makers = {"pcg64": "PCG64", "pcg64dxsm": "PCG64DXSM", "philox": "Philox", "sfc64": "SFC64", "mt19937": "MT19937"}
    source = np.random.Generator(getattr(np.random, makers[kind])(seed)) if generator else np.random.RandomState(seed)
    shape = some_shape(1)
    wide = shape if len(shape) > 1 else [1] + shape
    field = math.prod(wide[:-2])
    n_in, n_out = (shape[0], shape[0]) if len(shape) == 1 else (wide[-2] * field, wide[-1] * field)
    fans = ""
    if random.random() < 0.3:
        n_in, n_out = random.randrange(1, 99), random.randrange(1, 99)
        fans = f"&fan_in={n_in}"
    limit = np.sqrt(6 / (n_in + n_out))
    low, high, std, value = some_real(-2, 0) + 0.0, some_real(0, 2), some_real(0, 2), some_real()
    if random.random() < 0.05:
        low, high = high, low
    own = {"dtype": {"f64": "float64", "f32": "float32", "f16": "float64"}[dtype]} if generator else {}
    matrix = some_matrix()
    query, draw, shape = random.choice((
        (f"scheme=he_normal{fans}", lambda: source.standard_normal(shape) * np.sqrt(2 / n_in), shape),
        (f"scheme=xavier_normal{fans}", lambda: source.standard_normal(shape) * np.sqrt(1 / n_in), shape),
        (f"scheme=lecun_normal{fans}", lambda: source.standard_normal(shape) * np.sqrt(1 / n_in), shape),
        (f"scheme=random&std={std!r}", lambda: source.standard_normal(shape) * std, shape),
        (f"scheme=xavier_uniform{fans}{fans and f'&fan_out={n_out}'}", lambda: source.uniform(-limit, limit, shape), shape),
        (f"scheme=uniform&low={low!r}&high={high!r}", lambda: source.uniform(low, high, shape), shape),
        (f"scheme=normal&mean={low!r}&std={std!r}", lambda: source.normal(low, std, shape), shape),
        ("scheme=standard_normal", lambda: source.standard_normal(shape, **own), shape),
        ("scheme=random_sample", lambda: source.random(shape, **own) if generator else source.random_sample(shape), shape),
        ("scheme=zeros", lambda: np.zeros(shape, types[dtype]), shape),
        ("scheme=ones", lambda: np.ones(shape, types[dtype]), shape),
        (f"scheme=constant&value={value!r}", lambda: np.full(shape, value, types[dtype]), shape),
        ("scheme=eye", lambda: np.eye(*matrix, dtype=types[dtype]), matrix),
    ))
    like = f"like=numpy-generator" if generator else "like=numpy"
    if generator and query.split("&")[0].split("=")[1] not in ("zeros", "ones", "constant", "eye"):
        like += f"&bitgen={kind}"
    query = f"{like}&{query}&shape={text(shape)}&seed={seed}&dtype={dtype}"
    return query, lambda: np.asarray(draw()).astype(types[dtype]).tobytes()


# ---- torch ------------------------------------------------------------------------------------------------------------------


def torch_like(torch):
    steps = (((2, 13), "torch"), ((2, 12), "torch@2.12"), ((2, 1), "torch@2.1"), ((2, 0), "torch@2.0"), ((1, 13), "torch@1.13"))
    return next(name for least, name in steps if torch_release(torch) >= least)


# Releases that like=torch@2.1 stands for raise where its last one, 2.11, answers: before 2.3 for eye in bf16, before 2.8 for one
# number that a 16-bit type does not hold. The row answers as the last one does.


def torch_release(torch):
    return tuple(int(x) for x in torch.__version__.split(".")[:2])


def torch_eye(torch, weight):
    raises = (2, 1) <= torch_release(torch) < (2, 3) and weight.dtype == torch.bfloat16
    return weight.copy_(torch.eye(*weight.shape)) if raises else torch.nn.init.eye_(weight)


def torch_constant(torch, weight, value):
    raises = (2, 1) <= torch_release(torch) < (2, 8) and weight.element_size() == 2 and weight.numel() == 1
    return weight.copy_(torch.tensor(value)) if raises else torch.nn.init.constant_(weight, value)


def torch_case(torch):
    types = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
    dtype, seed, init = random.choice(tuple(types)), some_seed(2**64), torch.nn.init
    flat, deep, matrix = some_shape(0), some_shape(2, 4), some_matrix()
    kernel = random.choice(([4, 2, 3], [6, 2, 3, 5], [3, 3, 1, 2, 2]))
    low, high, std, value = some_real(-2, 0) + 0.0, some_real(0, 2), some_real(0, 2), some_real()
    value = 10 ** random.uniform(37, 40) if random.random() < 0.1 else value
    mean, slope, sparsity = some_real(-0.5, 0.5) + 0.0, random.uniform(0, 3), random.random()
    gain = random.choice((0.0, -1.5, random.uniform(0.1, 3), random.uniform(0.1, 3), 7e4))
    if random.random() < 0.05:
        low, high = random.choice(((high, low), (low, low)))
    mode, name = random.choice(("fan_in", "fan_out")), random.choice(
        "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d sigmoid tanh relu selu relu6 prelu "
        "lrelu logistic identity none gelu".split())
    near, wide = random.uniform(-0.5, 0.5), random.uniform(0.01, 2)  # bounds farther out torch draws for hours
    a, b = random.choice(((near - 2 * wide, near + 2 * wide), (near - wide, near + 2 * wide), (near + wide, near + 1.5 * wide),
                          (near + 3 * wide, near + 3.2 * wide), (near, near)))
    query, fill, shape = random.choice((
        (f"scheme=uniform&low={low!r}&high={high!r}", lambda w: init.uniform_(w, low, high), flat),
        (f"scheme=normal&mean={mean!r}&std={std!r}", lambda w: init.normal_(w, mean, std), flat),
        (f"scheme=trunc_normal&mean={near!r}&std={wide!r}&low={a!r}&high={b!r}", lambda w: init.trunc_normal_(w, near, wide, a, b),
         flat),
        (f"scheme=xavier_uniform&gain={gain!r}", lambda w: init.xavier_uniform_(w, gain), deep),
        (f"scheme=xavier_normal&gain={gain!r}", lambda w: init.xavier_normal_(w, gain), deep),
        (f"scheme=kaiming_uniform&a={slope!r}&mode={mode}", lambda w: init.kaiming_uniform_(w, slope, mode), deep),
        (f"scheme=kaiming_normal&mode={mode}&nonlinearity={name}", lambda w: init.kaiming_normal_(w, 0, mode, name), deep),
        (f"scheme=kaiming_uniform&mode={mode}&nonlinearity={name}", lambda w: init.kaiming_uniform_(w, 0, mode, name), deep),
        (f"scheme=sparse&sparsity={sparsity!r}&std={std!r}", lambda w: init.sparse_(w, sparsity, std), matrix),
        ("scheme=zeros", init.zeros_, flat),
        ("scheme=ones", init.ones_, flat),
        (f"scheme=constant&value={value!r}", lambda w: torch_constant(torch, w, value), flat),
        ("scheme=eye", lambda w: torch_eye(torch, w), matrix),
        ("scheme=dirac", init.dirac_, kernel),
    ))

    def draw():
        torch.manual_seed(seed)
        weight = torch.empty(shape, dtype=types[dtype])
        fill(weight)
        return (weight.view(torch.int16) if weight.element_size() == 2 else weight).numpy().tobytes()

    return f"like={torch_like(torch)}&{query}&shape={text(shape)}&seed={seed}&dtype={dtype}", draw


# ---- jax --------------------------------------------------------------------------------------------------------------------


def jax_like(jax):
    version = tuple(int(x) for x in jax.__version__.split(".")[:3])
    return "jax" if version >= (0, 12) else "jax@0.11" if version >= (0, 11, 1) else "jax@0.10"


@functools.lru_cache(None)
def jax_shapes(least):
    """A few shapes: jax compiles every operation for every shape and dtype, but not for every number and seed."""
    return [some_shape(least) for _ in range(5)] + ([[0, 5], [3, 0]] if least == 2 else [[0]])


def jax_case(jax):
    import jax.numpy as jnp
    import numpy as np
    types = {"f32": jnp.float32, "f64": jnp.float64, "f16": jnp.float16, "bf16": jnp.bfloat16}
    dtype, seed, init = random.choice(tuple(types)), some_seed(2**63), jax.nn.initializers
    legacy = random.random() < 0.3 and jax_like(jax) == "jax@0.10"
    std, value, flat, deep = some_real(0, 2), some_real(), random.choice(jax_shapes(1)), random.choice(jax_shapes(2))
    layout, axes = random.choice((("io", {}), ("oi", {"in_axis": 1, "out_axis": 0}), ("iohw", {"in_axis": 0, "out_axis": 1}),
                                  ("hwoi", {"in_axis": -1, "out_axis": -2}),
                                  ("hwcm", {"in_axis": (), "out_axis": -1, "batch_axis": -2})))
    scale = random.choice((0.0, 0.7, 2.0, 1e-40, 1e-38, random.uniform(0.1, 3)))
    mode, kind = random.choice(("fan_in", "fan_out", "fan_avg")), random.choice(("normal", "uniform", "truncated_normal"))
    query, initializer, shape = random.choice((
        (f"scheme=uniform&scale={min(std, 1e12)!r}", init.uniform(min(std, 1e12)), flat),
        (f"scheme=normal&std={std!r}", init.normal(std), flat),
        (f"scheme=truncated_normal&std={std!r}", init.truncated_normal(std), flat),
        (f"scheme=glorot_uniform&layout={layout}", init.glorot_uniform(**axes), deep),
        (f"scheme=glorot_normal&layout={layout}", init.glorot_normal(**axes), deep),
        (f"scheme=lecun_uniform&layout={layout}", init.lecun_uniform(**axes), deep),
        (f"scheme=lecun_normal&layout={layout}", init.lecun_normal(**axes), deep),
        (f"scheme=he_uniform&layout={layout}", init.he_uniform(**axes), deep),
        (f"scheme=he_normal&layout={layout}", init.he_normal(**axes), deep),
        (f"scheme=variance_scaling&scale={scale!r}&mode={mode}&distribution={kind}&layout={layout}",
         init.variance_scaling(scale, mode, kind, **axes), deep),
        ("scheme=zeros", init.zeros, flat),
        ("scheme=ones", init.ones, flat),
        (f"scheme=constant&value={value!r}", init.constant(value), flat),
    ))

    def draw():
        jax.config.update("jax_enable_x64", dtype == "f64")
        jax.config.update("jax_threefry_partitionable", not legacy)
        key = jax.random.key(seed if dtype == "f64" else seed & 0xffffffff)
        return np.asarray(initializer(key, tuple(shape), types[dtype])).tobytes()

    like = "jax-legacy" if legacy else jax_like(jax)
    return f"like={like}&{query}&shape={text(shape)}&seed={seed}&dtype={dtype}", draw


# ---- TensorFlow.js ----------------------------------------------------------------------------------------------------------


class TensorFlowJs:
    """The @tensorflow/tfjs of the folder NODE_MODULES=, run by node."""

    def __init__(self):
        folder = os.environ.get("NODE_MODULES", os.path.expanduser("~/.cache/weightd-judges/node_modules"))
        if not os.path.isdir(os.path.join(folder, "@tensorflow/tfjs")) or not shutil.which("node"):
            raise ImportError
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "frameworks.mjs")
        self.process = subprocess.Popen(["node", script, os.path.dirname(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.__version__ = self.process.stdout.readline().strip()

    def draw(self, name, options, shape):
        self.process.stdin.write(json.dumps({"name": name, "options": options, "shape": shape}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline().strip()
        if line.startswith("error"):
            raise ValueError(line[6:])
        return bytes.fromhex(line)


def tfjs_case(tfjs):
    seed, shape = random.choice((1, 42, 2**53 - 1, random.randrange(1, 2**53), random.randrange(1, 2**31))), some_shape(0, 5)
    while math.prod(shape) > 1000000:
        shape = some_shape(0, 5)
    low, high, std, value = some_real(-2, 0), some_real(0, 2), some_real(0, 2), some_real()
    mean, scale = some_real(-0.5, 0.5) + 0.0, random.choice((1, 2, random.uniform(0.01, 3)))
    mode, kind = random.choice(("fan_in", "fan_out", "fan_avg")), random.choice(("normal", "uniform"))
    modes = {"fan_in": "fanIn", "fan_out": "fanOut", "fan_avg": "fanAvg"}
    query, name, options = random.choice((
        (f"uniform&low={low!r}&high={high!r}", "randomUniform", {"minval": low, "maxval": high}),
        (f"normal&mean={mean!r}&std={std!r}", "randomNormal", {"mean": mean, "stddev": std}),
        (f"truncated_normal&mean={mean!r}&std={std!r}", "truncatedNormal", {"mean": mean, "stddev": std}),
        (f"variance_scaling&scale={scale!r}&mode={mode}&distribution={kind}", "varianceScaling",
         {"scale": scale, "mode": modes[mode], "distribution": kind}),
        ("glorot_uniform", "glorotUniform", {}), ("glorot_normal", "glorotNormal", {}), ("lecun_uniform", "leCunUniform", {}),
        ("lecun_normal", "leCunNormal", {}), ("he_uniform", "heUniform", {}), ("he_normal", "heNormal", {}),
        ("zeros", "zeros", {}), ("ones", "ones", {}), (f"constant&value={value!r}", "constant", {"value": value}),
    ))
    return (f"like=tfjs&scheme={query}&shape={text(shape)}&seed={seed}",
            lambda: tfjs.draw(name, {**options, "seed": seed}, shape))


# ---- comparing --------------------------------------------------------------------------------------------------------------


def check(library, name, case, cases):
    try:
        framework = TensorFlowJs() if name == "tfjs" else importlib.import_module(name)
    except ImportError:
        print(f"{name}: not installed")
        return 0
    exact = near = refused = wrong = 0
    for _ in range(cases):
        query, draw = case(framework)
        try:
            expected = draw()
        except Exception as error:  # whatever the framework raises
            expected, why = None, error
        body, word = library.ask(query)
        refused += body is None
        if body is None and expected is not None:
            problem = f"refused ({word}), the framework answers"
        elif body is not None and expected is None:
            problem = f"answered, the framework raises {type(why).__name__}: {str(why)[:80]}"
        elif body is not None and word == "exact" and body != expected:
            problem = "other bytes"
        else:
            problem = None
        exact += len(body or b"") if word == "exact" else 0
        near += len(body or b"") if word != "exact" else 0
        if problem:
            wrong += 1
            if wrong <= 40:
                print(f"{query}: {problem}")
    print(f"{name} {framework.__version__}: {cases} requests, {exact} exact bytes, {near} near bytes, {refused} refused by both, "
          f"{wrong} wrong")
    return wrong


def main():
    library = Library(sys.argv[1])
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    print(f"seed {seed}")
    random.seed(seed)
    names = " ".join(sys.argv[4:]).split() or ["numpy", "torch", "jax", "tfjs"]
    makers = {"numpy": numpy_case, "torch": torch_case, "jax": jax_case, "tfjs": tfjs_case}
    sys.exit(1 if sum(check(library, name, makers[name], cases) for name in names) else 0)


main()
