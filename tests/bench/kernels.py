"""kernels.py BENCH_KERNELS [JSON] - our kernels against memset, Random123, NumPy and torch, one core, one run.

Every round measures each of them once, one after the other, so that all see the same machine; a ratio is the median of
the rounds' ratios. Times are CPU times, so that other programs disturb less. Peers that cannot be imported are named and left out.
ROUNDS (default 7) is taken from the environment.
"""
import json
import os
import subprocess
import sys
import time
from statistics import median

sys.dont_write_bytecode = True
import peers  # beside this file

ROUNDS = int(os.environ.get("ROUNDS", "7"))
LEVELS = ["avx512", "avx2", "baseline"]
BYTES_PER = {"f32": 4, "f64": 8, "f16": 2, "bf16": 2, "bits": 4, "memset": 4, "philox": 4}
SMALL, LARGE = 64 << 10, 256 << 20
OURS = ["bits", "uniform-f32", "normal-f32", "truncated-f32", "uniform-f64", "normal-f64", "truncated-f64",
        "normal-f16", "normal-bf16"]
LARGE_CASES = ["uniform-f32", "normal-f32", "bits"]

# What the project promises: (case, level, peer) -> at least this ratio; peer None: at least these GB/s in the small buffer.
TARGETS = {
    ("normal-f32", "avx512", "numpy"): 8, ("normal-f32", "avx512", "torch"): 3.5,
    ("normal-f32", "avx2", "numpy"): 5, ("normal-f32", "avx2", "torch"): 2.2,
    ("normal-f32", "baseline", "numpy"): 2.5, ("normal-f32", "baseline", "torch"): 1.1,
    ("uniform-f32", "avx512", "numpy"): 4, ("normal-f64", "avx512", "numpy"): 4.5,
    ("truncated-f32", "avx512", "torch"): 25,
    ("normal-f16", "avx512", "our f32"): 0.75, ("normal-bf16", "avx512", "our f32"): 0.75,
    ("bits", "avx512", None): 10, ("bits", "avx2", None): 6,
}


def samples(case, size):
    return size // BYTES_PER[case.split("-")[-1]]


class Kernels:
    """The C program, one question and one answer at a time."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, case, level, size):
        self.process.stdin.write(f"{case} {level} {size}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        return None if answer == "none" else float(answer)


def seconds_per_call(function):
    """As bench_kernels.c measures: the best of three windows of 15 ms."""
    function()
    best = None
    for _ in range(3):
        start, calls = time.process_time(), 0
        while True:
            function()
            calls += 1
            elapsed = time.process_time() - start
            if elapsed >= 0.015:
                break
        best = elapsed / calls if best is None else min(best, elapsed / calls)
        if calls == 1:
            break
    return best


def numpy_peers(size):
    try:
        import numpy
    except ImportError:
        return {}
    generator, legacy = numpy.random.default_rng(7), numpy.random.RandomState(7)
    f32, f64 = numpy.empty(size // 4, numpy.float32), numpy.empty(size // 8)
    return {
        ("uniform-f32", "numpy"): lambda: generator.random(out=f32, dtype=numpy.float32),
        ("uniform-f64", "numpy"): lambda: generator.random(out=f64),
        ("normal-f32", "numpy"): lambda: generator.standard_normal(out=f32, dtype=numpy.float32),
        ("normal-f64", "numpy"): lambda: generator.standard_normal(out=f64),
        ("uniform-f64", "numpy legacy"): lambda: legacy.random_sample(size // 8),
        ("normal-f64", "numpy legacy"): lambda: legacy.standard_normal(size // 8),
    }


def torch_peers(size):
    try:
        import torch
    except ImportError:
        return {}
    torch.set_num_threads(1)
    found = {}
    for name, dtype in (("f32", torch.float32), ("f64", torch.float64), ("bf16", torch.bfloat16)):
        tensor = torch.empty(size // BYTES_PER[name], dtype=dtype)
        found["uniform-" + name, "torch"] = lambda t=tensor: t.uniform_(-0.1, 0.1)
        found["normal-" + name, "torch"] = lambda t=tensor: t.normal_(0, 0.02)
        if name != "bf16":
            found["truncated-" + name, "torch"] = lambda t=tensor: torch.nn.init.trunc_normal_(t, 0, 0.02, -0.04, 0.04)
    return found


def measure(kernels, size, cases, rounds):
    """{(case, who): [samples per second in each round]}"""
    rates = {}
    others = {key: f for key, f in (numpy_peers(size) | torch_peers(size)).items() if key[0] in cases}

    def add(case, who, seconds):
        if seconds is not None:
            rates.setdefault((case, who), []).append(samples(case, size) / seconds)

    for _ in range(rounds):
        for case in cases:
            for level in LEVELS:
                add(case, level, kernels.seconds(case, level, size))
        for case in ("memset", "philox"):
            add(case, case, kernels.seconds(case, "baseline", size))
        for (case, who), function in others.items():
            add(case, who, seconds_per_call(function))
    return rates


def ratio_row(rates, case, level, peer, numerator, denominator):
    ratios = [a / b for a, b in zip(numerator, denominator)]
    return {"case": case, "level": level, "peer": peer, "ratio": median(ratios), "min": min(ratios), "max": max(ratios),
            "target": TARGETS.get((case, level, peer))}


def ratios(rates, cases):
    rows = []
    for case in cases:
        for level in LEVELS:
            ours = rates.get((case, level))
            if not ours:
                continue
            others = [(who, r) for (c, who), r in rates.items() if c == case and who not in LEVELS]
            if case == "bits":
                others += [("philox4x32-10", rates[("philox", "philox")])] if ("philox", "philox") in rates else []
            if case in ("normal-f16", "normal-bf16"):
                others.append(("our f32", rates[("normal-f32", level)]))
            rows += [ratio_row(rates, case, level, who, ours, r) for who, r in others]
            size = BYTES_PER[case.split("-")[-1]]
            rows.append(ratio_row(rates, case, level, "memset", [x * size for x in ours],
                                  [x * 4 for x in rates[("memset", "memset")]]))
    return rows


def speeds(rates, size):
    rows = []
    for (case, who), r in rates.items():
        each = BYTES_PER[case.split("-")[-1]]
        rows.append({"case": case, "who": who, "gsamples": median(r) / 1e9, "gbytes": median(r) * each / 1e9,
                     "min": min(r) * each / 1e9, "max": max(r) * each / 1e9,
                     "target": TARGETS.get((case, who, None)) if size == SMALL else None})
    return rows


def mark(value, target):
    return "" if target is None else f"  target >= {target}: " + ("reached" if value >= target else "BELOW")


def show(size, speed_rows, ratio_rows):
    print(f"\n{size >> 10} KiB buffer: speed, median [min - max] of the rounds")
    for r in sorted(speed_rows, key=lambda r: r["case"]):
        print(f"  {r['case']:14} {r['who']:14} {r['gsamples']:8.3f} Gsamples/s {r['gbytes']:8.2f} "
              f"[{r['min']:.2f} - {r['max']:.2f}] GB/s{mark(r['gbytes'], r['target'])}")
    print(f"{size >> 10} KiB buffer: ours / peer, samples per second (memset: bytes), median [min - max] of the rounds")
    for r in ratio_rows:
        print(f"  {r['case']:14} {r['level']:9} / {r['peer']:14} {r['ratio']:8.2f} [{r['min']:.2f} - {r['max']:.2f}]"
              f"{mark(r['ratio'], r['target'])}")


def main():
    peers.say_missing("numpy", "torch")
    try:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    except (AttributeError, OSError):
        pass
    kernels = Kernels(sys.argv[1])
    result = {"rounds": ROUNDS, "sizes": {}}
    for size, cases, rounds in ((SMALL, OURS, ROUNDS), (LARGE, LARGE_CASES, min(ROUNDS, 3))):
        rates = measure(kernels, size, cases, rounds)
        speed_rows, ratio_rows = speeds(rates, size), ratios(rates, cases)
        show(size, speed_rows, ratio_rows)
        result["sizes"][str(size)] = {"speeds": speed_rows, "ratios": ratio_rows}
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
        print(f"\nas JSON: {sys.argv[2]}")


main()
