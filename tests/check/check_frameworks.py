#!/usr/bin/env python3
"""like= against the frameworks that this Python can import: numpy, torch, jax. Random requests, some seconds each.

    check_frameworks.py WI_CAT [SECONDS]    WI_CAT: build/tests/wi_cat

Exact answers must have the framework's bits, the others are only measured. jax is asked for code for AVX2, as like=jax promises."""
import importlib
import math
import os
import random
import subprocess
import sys
import time

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_max_isa=AVX2")
DTYPES = ("f32", "f64", "f16", "bf16")


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


def some_shape(least=1):
    rank = random.randint(least, 3)
    return [random.choice((1, 2, 3, 5, 8, 17, 40)) for _ in range(rank - 1)] + [random.choice((1, 3, 16, 33, 500, 4000))]


def numpy_case(np):
    shape, seed, dtype = some_shape(2), random.randrange(2**32), random.choice(("f64", "f32"))
    n_in, n_out = (s * math.prod(shape) // shape[-2] // shape[-1] for s in (shape[-2], shape[-1]))
    low, high, std = random.uniform(-2, 0), random.uniform(0, 2), random.uniform(0, 2)
    generator = random.random() < 0.5
    kind = random.choice(("pcg64", "pcg64dxsm", "philox", "sfc64", "mt19937"))
    makers = {"pcg64": "PCG64", "pcg64dxsm": "PCG64DXSM", "philox": "Philox", "sfc64": "SFC64", "mt19937": "MT19937"}
    if generator:
        source = np.random.Generator(getattr(np.random, makers[kind])(seed))
    else:
        source = np.random.RandomState(seed)
    limit = np.sqrt(6 / (n_in + n_out))
    query, draw = random.choice((
        ("scheme=he_normal", lambda: source.standard_normal(shape) * np.sqrt(2 / n_in)),
        ("scheme=xavier_normal", lambda: source.standard_normal(shape) * np.sqrt(1 / n_in)),
        ("scheme=random", lambda: source.standard_normal(shape) * 0.01),
        ("scheme=xavier_uniform", lambda: source.uniform(-limit, limit, shape)),
        (f"scheme=uniform&low={low!r}&high={high!r}", lambda: source.uniform(low, high, shape)),
        (f"scheme=normal&mean={low!r}&std={std!r}", lambda: source.normal(low, std, shape)),
        ("scheme=standard_normal", lambda: source.standard_normal(shape, **own(generator, dtype))),
        ("scheme=random_sample", lambda: source.random(shape, **own(generator, dtype))),
    ))
    values = draw().astype({"f64": np.float64, "f32": np.float32}[dtype])
    like = f"like=numpy-generator&bitgen={kind}" if generator else "like=numpy"
    return f"{like}&{query}&shape={','.join(map(str, shape))}&seed={seed}&dtype={dtype}", values.tobytes()


def own(generator, dtype):
    return {"dtype": {"f64": "float64", "f32": "float32"}[dtype]} if generator else {}


def torch_case(torch):
    version = tuple(int(x) for x in torch.__version__.split(".")[:2])
    steps = (((2, 13), "torch"), ((2, 12), "torch@2.12"), ((2, 1), "torch@2.1"), ((2, 0), "torch@2.0"), ((1, 13), "torch@1.13"))
    like = next(name for least, name in steps if version >= least)
    shape, seed, dtype = some_shape(2), random.randrange(2**64), random.choice(DTYPES)
    low, high, std = random.uniform(-2, 0), random.uniform(0, 2), random.uniform(0, 2)
    slope, gain = random.uniform(0, 3), random.uniform(0.1, 3)
    mode = random.choice(("fan_in", "fan_out"))
    init, types = torch.nn.init, {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
    query, fill = random.choice((
        (f"scheme=uniform&low={low!r}&high={high!r}", lambda w: init.uniform_(w, low, high)),
        (f"scheme=normal&mean={low!r}&std={std!r}", lambda w: init.normal_(w, low, std)),
        (f"scheme=trunc_normal&std={std!r}", lambda w: init.trunc_normal_(w, 0, std)),
        (f"scheme=xavier_uniform&gain={gain!r}", lambda w: init.xavier_uniform_(w, gain)),
        (f"scheme=xavier_normal&gain={gain!r}", lambda w: init.xavier_normal_(w, gain)),
        (f"scheme=kaiming_uniform&a={slope!r}&mode={mode}", lambda w: init.kaiming_uniform_(w, slope, mode)),
        (f"scheme=kaiming_normal&mode={mode}&nonlinearity=relu", lambda w: init.kaiming_normal_(w, 0, mode, "relu")),
    ))
    torch.manual_seed(seed)
    weight = torch.empty(shape, dtype=types[dtype])
    try:
        fill(weight)
    except RuntimeError:
        return torch_case(torch)
    values = (weight.view(torch.int16) if weight.element_size() == 2 else weight).numpy()
    return f"like={like}&{query}&shape={','.join(map(str, shape))}&seed={seed}&dtype={dtype}", values.tobytes()


def jax_case(jax):
    import jax.numpy as jnp
    import numpy as np
    shape, seed, dtype = some_shape(2), random.randrange(2**32), random.choice(DTYPES)
    legacy, std, init = random.random() < 0.5, random.uniform(0, 2), jax.nn.initializers
    jax.config.update("jax_enable_x64", dtype == "f64")
    jax.config.update("jax_threefry_partitionable", not legacy)
    query, initializer = random.choice((
        (f"scheme=uniform&scale={std!r}", init.uniform(std)),
        (f"scheme=normal&std={std!r}", init.normal(std)),
        (f"scheme=truncated_normal&std={std!r}", init.truncated_normal(std)),
        ("scheme=glorot_uniform", init.glorot_uniform()),
        ("scheme=lecun_normal", init.lecun_normal()),
        ("scheme=variance_scaling&scale=0.7&mode=fan_avg&distribution=normal", init.variance_scaling(0.7, "fan_avg", "normal")),
    ))
    types = {"f32": jnp.float32, "f64": jnp.float64, "f16": jnp.float16, "bf16": jnp.bfloat16}
    values = np.asarray(initializer(jax.random.key(seed), tuple(shape), types[dtype]))
    like = "jax-legacy" if legacy else "jax"
    return f"like={like}&{query}&shape={','.join(map(str, shape))}&seed={seed}&dtype={dtype}", values.tobytes()


def check(library, name, seconds):
    try:
        framework = importlib.import_module(name)
    except ImportError:
        print(f"{name}: not installed")
        return 0
    case = {"numpy": numpy_case, "torch": torch_case, "jax": jax_case}[name]
    requests = exact = wrong = near = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        query, expected = case(framework)
        body, word = library.ask(query)
        requests += 1
        if body is None:
            print(f"{query}: {word}")
            wrong += 1
        elif word == "exact":
            exact += len(body)
            if body != expected:
                print(f"{query}: other bytes")
                wrong += 1
        else:
            near += len(body)
    print(f"{name} {framework.__version__}: {requests} requests, {exact} exact bytes, {near} near bytes, {wrong} requests wrong")
    return wrong


def main():
    library = Library(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    random.seed(20260101)
    sys.exit(1 if sum(check(library, name, seconds) for name in ("numpy", "torch", "jax")) else 0)


main()
