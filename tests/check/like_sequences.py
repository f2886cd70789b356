#!/usr/bin/env python3
"""Lines for tests/vectors/like/*.txt of tensors that are not the first of their generator, and of seeds that are no unsigned
integer: the real framework makes random draws in order, and the last is what is asked for.

    like_sequences.py LIKE [COUNT [SEED]]     LIKE: numpy, numpy-generator, torch, torch@2.1, jax, jax@0.10, jax-legacy ..."""
import hashlib
import os
import random
import sys

os.environ.setdefault("XLA_FLAGS", "--xla_cpu_max_isa=AVX2")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")


def line(like, query, raw):
    print(hashlib.sha256(raw).hexdigest(), f"like={like}&{query}")


def a_shape(rng):
    shape = [rng.choice((1, 2, 3, 5, 8, 16, 33)) for _ in range(rng.randint(1, 3))]
    return shape, "x".join(map(str, shape))


def numpy_cases(like, rng, count):
    import numpy as np
    seeds = {"numpy": ["7", "0", "4294967295", "1,2,3", "42,", "0,0", ",".join(map(str, range(16)))],
             "numpy-generator": ["7", "-", "1,2,3", "42,", "0,0,1", "18446744073709551616", str(2**128 - 1), "12345678901234567890,5"]}
    for _ in range(count):
        seed = rng.choice(seeds[like])
        seed = str(rng.getrandbits(rng.choice((20, 70, 100, 128)))) if seed == "-" else seed
        value = [int(x) for x in seed.split(",") if x] if "," in seed else int(seed)
        gen = np.random.RandomState(value) if like == "numpy" else np.random.default_rng(value)
        uniform, normal = (gen.random_sample, gen.standard_normal) if like == "numpy" else (gen.random, gen.standard_normal)
        past = []
        for _ in range(rng.randint(0, 4)):
            shape, text = a_shape(rng)
            name, draw = rng.choice((("uniform", uniform), ("normal", normal)))
            if like != "numpy" and rng.random() < 0.4:
                draw(shape, dtype=np.float32)
                past.append(f"{name}:{text}:f32")
            else:
                draw(shape)
                past.append(f"{name}:{text}")
        after = "&after=" + ",".join(past) if past else ""
        scheme, draw = rng.choice((("standard_normal", normal), ("random_sample", uniform)))
        line(like, f"scheme={scheme}&shape=5,3&dtype=f64&seed={seed}{after}", draw((5, 3)).tobytes())


def torch_cases(like, rng, count):
    import torch
    types = {"f32": torch.float32, "f64": torch.float64, "f16": torch.float16, "bf16": torch.bfloat16}
    raw = lambda t: t.contiguous().view(torch.uint8 if t.dim() else torch.uint8).numpy().tobytes()
    for _ in range(count):
        seed = rng.choice((0, 7, -1, -2**63, 2**64 - 1, rng.getrandbits(64), -rng.getrandbits(62)))
        torch.manual_seed(seed)
        past, dtype = [], rng.choice(list(types))
        for _ in range(rng.randint(0, 5)):
            shape, text = a_shape(rng)
            kind = rng.choice(list(types))
            suffix = "" if kind == dtype and rng.random() < 0.5 else ":" + kind
            w = torch.empty(shape, dtype=types[kind])
            what = rng.randint(0, 3)
            if what == 0:
                torch.randperm(12)
                past.append(rng.choice(("11", "words:11")))
            elif what == 1:
                w.uniform_()
                past.append(f"uniform:{text}{suffix}")
            else:
                w.normal_()
                past.append(f"normal:{text}{suffix}")
        w = torch.empty(rng.choice(((5, 3), (4, 8), (7, 11))), dtype=types[dtype])
        scheme = rng.choice(("uniform", "normal", "xavier_uniform", "kaiming_normal"))
        getattr(torch.nn.init, scheme + "_")(w)
        after = "&after=" + ",".join(past) if past else ""
        line(like, f"scheme={scheme}&shape={w.shape[0]},{w.shape[1]}&dtype={dtype}&seed={seed}{after}", raw(w))


def jax_cases(like, rng, count):
    import jax
    import jax.numpy as jnp
    import numpy as np
    if like == "jax-legacy":
        jax.config.update("jax_threefry_partitionable", False)
    for _ in range(count):
        seed = rng.choice((0, 7, 42, -1, -5, -2**63, 2**63 - 1, rng.getrandbits(40)))
        name, dtype = rng.choice((("f32", jnp.float32), ("f64", jnp.float64)))
        jax.config.update("jax_enable_x64", name == "f64")
        key, steps = jax.random.key(seed), []
        for _ in range(rng.randint(0, 4)):
            if rng.random() < 0.6:
                n = rng.choice((2, 3, 5, 100))
                i = rng.randrange(n)
                key = jax.random.split(key, n)[i]
                steps.append(f"split:{n}:{i}")
            else:
                data = rng.choice((0, 1, 7, 2**32 - 1, rng.getrandbits(32)))
                key = jax.random.fold_in(key, np.uint32(data))
                steps.append(f"fold_in:{data}")
        scheme = rng.choice(("glorot_uniform", "he_normal"))
        value = getattr(jax.nn.initializers, scheme)()(key, (5, 3), dtype)
        text = "&key=" + ",".join(steps) if steps else ""
        line(like, f"scheme={scheme}&shape=5,3&dtype={name}&seed={seed}{text}", np.asarray(value).tobytes())


def main():
    like = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 40
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    cases = numpy_cases if like.startswith("numpy") else torch_cases if like.startswith("torch") else jax_cases
    cases(like, rng, count)


main()
