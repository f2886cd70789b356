#!/usr/bin/env python3
"""Lines for tests/vectors/like/*.txt, from the real framework: one or more for every row of a like= table.

    like_vectors.py LIKE          LIKE: numpy, numpy-generator, torch, torch@2.1, jax, ...; its framework must be importable

The release that is imported must be one of LIKE's; jax-legacy sets the flag itself. tests/unit/test_like.c fails for a row without a line."""
import hashlib
import os
import sys

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_max_isa=AVX2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")


def exact(query, raw):
    print(hashlib.sha256(raw).hexdigest(), query)


def near(tolerance, query, values):
    print(f"~{tolerance}", query, *(repr(float(v)) for v in values))


def numpy_rows(like):
    import numpy as np
    for name, dtype in (("f64", np.float64), ("f32", np.float32), ("f16", np.float16)):
        def line(scheme, array, more=""):
            exact(f"like={like}&scheme={scheme}&shape={','.join(map(str, array.shape))}{more}&dtype={name}", array.tobytes())
        for shape in ((3, 4), (17,)):
            line("zeros", np.zeros(shape, dtype))
            line("ones", np.ones(shape, dtype))
            line("constant", np.full(shape, 0.1, dtype), "&value=0.1")
            line("constant", np.full(shape, 1.00048828125001, dtype), "&value=1.00048828125001")
            line("constant", np.full(shape, -5.960464477539063e-08, dtype), "&value=-5.960464477539063e-08")
        for rows, cols in ((3, 4), (5, 2), (2, 5), (4, 4), (1, 1), (40, 33), (9, 1)):
            line("eye", np.eye(rows, cols, dtype=dtype))
    if like != "numpy-generator":
        return
    shape, n_in, n_out = (7, 5), 7, 5
    for kind in ("pcg64", "pcg64dxsm", "philox", "sfc64", "mt19937"):
        def rng():
            makers = {"pcg64": "PCG64", "pcg64dxsm": "PCG64DXSM", "philox": "Philox", "sfc64": "SFC64", "mt19937": "MT19937"}
            return np.random.Generator(getattr(np.random, makers[kind])(42))
        def drawn(scheme, array, more="", dtype="f64"):
            exact(f"like={like}&scheme={scheme}&shape=7,5{more}&bitgen={kind}&seed=42&dtype={dtype}", array.tobytes())
        limit = np.sqrt(6 / (n_in + n_out))
        drawn("random", rng().standard_normal(shape) * 0.01)
        drawn("xavier_normal", rng().standard_normal(shape) * np.sqrt(1 / n_in))
        drawn("lecun_normal", rng().standard_normal(shape) * np.sqrt(1 / n_in))
        drawn("he_normal", rng().standard_normal(shape) * np.sqrt(2 / n_in))
        drawn("xavier_uniform", rng().uniform(-limit, limit, shape))
        drawn("uniform", rng().uniform(-0.3, 1.7, shape), "&low=-0.3&high=1.7")
        drawn("normal", rng().normal(0.3, 1.7, shape), "&mean=0.3&std=1.7")
        for name, dtype in (("f64", np.float64), ("f32", np.float32)):
            drawn("standard_normal", rng().standard_normal(shape, dtype), "", name)
            drawn("random_sample", rng().random(shape, dtype), "", name)
        q, r = np.linalg.qr(rng().standard_normal(shape))
        near(1e-13, f"like={like}&scheme=orthogonal&shape=7,5&gain=1.5&bitgen={kind}&seed=42&dtype=f64",
             (q * np.sign(np.diag(r)) * 1.5).ravel())


def torch_rows(like):
    import torch
    types = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
    init = torch.nn.init

    def raw(tensor):
        wide = {2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
        return tensor.detach().contiguous().view(wide).numpy().tobytes()

    def line(scheme, shape, fill, more="", seed=None, dtypes=types):
        for name in dtypes:
            if seed is not None:
                torch.manual_seed(seed)
            try:
                tensor = fill(torch.empty(shape, dtype=types[name]))
            except RuntimeError:  # older releases lack some types
                continue
            given = "" if seed is None else f"&seed={seed}"
            exact(f"like={like}&scheme={scheme}&shape={','.join(map(str, shape))}{more}&dtype={name}{given}", raw(tensor))

    for shape in ((3, 5), (17,)):
        line("zeros", shape, init.zeros_)
        line("ones", shape, init.ones_)
        line("constant", shape, lambda w: init.constant_(w, 0.3), "&value=0.3")
    for shape in ((3, 5), (5, 3), (7, 2)):
        line("eye", shape, init.eye_)
    line("dirac", (4, 6, 3), init.dirac_)
    line("dirac", (6, 2, 5, 4), lambda w: init.dirac_(w, 3), "&groups=3")
    line("dirac", (3, 3, 2, 3, 4), init.dirac_)
    for shape in ((3, 5), (6, 4), (4, 3, 2)):
        for name, tolerance in (("f32", 2e-6), ("f64", 1e-13)):
            torch.manual_seed(42)
            tensor = init.orthogonal_(torch.empty(shape, dtype=types[name]), 1.5)
            near(tolerance, f"like={like}&scheme=orthogonal&shape={','.join(map(str, shape))}&gain=1.5&dtype={name}&seed=42",
                 tensor.flatten().tolist())

    def layer(make, part):
        return lambda w: getattr(make(tuple(w.shape), w.dtype), part)

    def linear(shape, dtype):
        return torch.nn.Linear(shape[1], shape[0], dtype=dtype)

    def conv(shape, dtype):
        return torch.nn.Conv2d(shape[1], shape[0], shape[2:], dtype=dtype)

    for part in ("weight", "bias"):
        line("linear_default", (3, 5), layer(linear, part), f"&part={part}", 0, ("f32", "f64", "bf16"))
        line("linear_default", (33, 17), layer(linear, part), f"&part={part}", 7, ("f32", "f64", "bf16"))
        line("linear_default", (4, 3, 5, 5), layer(conv, part), f"&part={part}", 42, ("f32", "f64", "bf16"))
    for shape in ((3, 5), (40, 9)):
        line("embedding_default", shape, lambda w: torch.nn.Embedding(*w.shape, dtype=w.dtype).weight, "", 5)


def jax_rows(like):
    import jax
    jax.config.update("jax_threefry_partitionable", like == "jax")
    from jax.nn import initializers as init
    import jax.numpy as jnp
    types = {"f32": jnp.float32, "f64": jnp.float64, "f16": jnp.float16, "bf16": jnp.bfloat16}
    for name, dtype in types.items():
        for shape in ((4, 5), (17,)):
            for scheme, make, more in (("zeros", init.zeros, ""), ("ones", init.ones, ""),
                                       ("constant", init.constant(0.3), "&value=0.3")):
                array = make(jax.random.key(0), shape, dtype)
                exact(f"like={like}&scheme={scheme}&shape={','.join(map(str, shape))}{more}&dtype={name}", array.tobytes())


like = sys.argv[1]
{"numpy": numpy_rows, "torch": torch_rows, "jax": jax_rows}[like.split("@")[0].split("-")[0]](like)
