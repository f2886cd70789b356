"""ortho.py BENCH_ORTHO [JSON] - our orthogonal matrices against numpy.linalg.qr and torch.nn.init.orthogonal_.

One core, one run, CPU time, drawing the random numbers included. Every round measures each of them once, one after the
other; a ratio is the median of the rounds' ratios. Peers that cannot be imported are left out. From the environment:
ROUNDS (default 5), SHAPES (as in 128x128,4096x512), FULL=1 adds 4096x4096.

The peers are as fast as the BLAS they find, so that is printed. Another one is measured by
LD_LIBRARY_PATH=<its folder> make bench-ortho. OpenBLAS does not know newer CPUs; with AVX-512 it is told to be SkylakeX
unless OPENBLAS_CORETYPE says otherwise.
"""
import json
import os
import re
import subprocess
import sys
import time
from statistics import median

sys.dont_write_bytecode = True
import peers  # beside this file

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SHAPES = [tuple(map(int, s.split("x"))) for s in os.environ.get(
    "SHAPES", "16x16,64x64,128x128,256x256,512x512,1024x1024,2048x2048,4096x512,512x4096").split(",")]
LEVELS = ["avx512", "avx2", "baseline"]
# What the project promises from 128 x 128 up, at the machine's best level.
TARGETS = {("f32", "numpy"): 5, ("f32", "torch"): 3.5, ("f64", "numpy"): 3, ("f64", "torch"): 2.8}
ROW_SECONDS = 15  # rounds of one shape stop after this


def prepare_environment():
    try:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            if "avx512dq" in file.read():
                os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    except (AttributeError, OSError):
        pass
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def blas_in_use():
    """The BLAS library files mapped into this process, and OpenBLAS's idea of the CPU."""
    try:
        with open("/proc/self/maps", encoding="utf-8") as file:
            paths = sorted(set(re.findall(r"/\S*(?:blas|mkl_rt|mkl_core)\S*\.so\S*", file.read())))
    except OSError:
        return "unknown"
    core = os.environ.get("OPENBLAS_CORETYPE", "detected")
    return ", ".join(os.path.basename(p) + (f" ({core})" if "openblas" in p else "") for p in paths) or "bundled"


class Ours:
    """The C program, one question and one answer at a time."""

    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def seconds(self, kind, level, rows, cols):
        self.process.stdin.write(f"{kind} {level} {rows} {cols}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        return None if answer == "none" else float(answer)


def seconds_per_call(function):
    """As bench_ortho.c measures: the best of three windows of 15 ms."""
    if not function.warm:
        function()
        function.warm = True
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


class Peer:
    def __init__(self, call):
        self.call, self.warm = call, False

    def __call__(self):
        self.call()


def peers_of(kind, rows, cols):
    found = {}
    try:
        import numpy
        dtype, generator = numpy.dtype({"f32": "float32", "f64": "float64"}[kind]), numpy.random.default_rng(7)
        tall = (max(rows, cols), min(rows, cols))
        found["numpy"] = Peer(lambda: numpy.linalg.qr(generator.standard_normal(tall, dtype)))
    except ImportError:
        pass
    try:
        import torch
        torch.set_num_threads(1)
        tensor = torch.empty(rows, cols, dtype={"f32": torch.float32, "f64": torch.float64}[kind])
        found["torch"] = Peer(lambda: torch.nn.init.orthogonal_(tensor))
    except ImportError:
        pass
    return found


def measure(ours, kind, rows, cols):
    """{who: [seconds in each round]}"""
    seconds, others, start = {}, peers_of(kind, rows, cols), time.monotonic()
    for done in range(ROUNDS):
        for level in LEVELS:
            one = ours.seconds(kind, level, rows, cols)
            if one is not None:
                seconds.setdefault(level, []).append(one)
        for who, function in others.items():
            seconds.setdefault(who, []).append(seconds_per_call(function))
        if done and time.monotonic() - start > ROW_SECONDS:
            break
    return seconds


def row_of(kind, rows, cols, seconds):
    m, n = max(rows, cols), min(rows, cols)
    row = {"type": kind, "rows": rows, "cols": cols, "ms": {who: median(s) * 1e3 for who, s in seconds.items()},
           "gflops": {level: (2 * m * n * n - 2 * n ** 3 / 3) / median(seconds[level]) / 1e9
                      for level in LEVELS if level in seconds}, "ratios": []}
    best = next(level for level in LEVELS if level in seconds)
    for level in row["gflops"]:
        for peer in ("numpy", "torch"):
            if peer in seconds:
                ratios = [p / o for p, o in zip(seconds[peer], seconds[level])]
                target = TARGETS[kind, peer] if level == best and n >= 128 else None
                row["ratios"].append({"level": level, "peer": peer, "ratio": median(ratios), "min": min(ratios),
                                      "max": max(ratios), "target": target})
    return row


def show(row):
    levels = list(row["gflops"])
    text = f"{row['type']} {row['rows']:>5}x{row['cols']:<5}" + "".join(
        f" {row['ms'][level]:10.4f} ms {row['gflops'][level]:5.1f} GF/s" for level in levels[:1])
    for r in row["ratios"]:
        mark = "" if r["target"] is None else (" ok" if r["ratio"] >= r["target"] else " BELOW")
        text += f" | {r['level']}/{r['peer']} {r['ratio']:.2f} [{r['min']:.2f}-{r['max']:.2f}]{mark}"
    print(text, flush=True)


def main():
    peers.say_missing("numpy", "torch")
    ours = Ours(sys.argv[1])
    shapes = SHAPES + ([(4096, 4096)] if os.environ.get("FULL") else [])
    peers_of("f32", 2, 2)
    print("Orthogonal matrices, one core, CPU time, drawing included; ratio = peer's time / ours, median [min-max]")
    print(f"BLAS of the peers: {blas_in_use()}")
    result = {"rounds": ROUNDS, "blas": blas_in_use(), "rows": []}
    for kind in ("f32", "f64"):
        for rows, cols in shapes:
            result["rows"].append(row_of(kind, rows, cols, measure(ours, kind, rows, cols)))
            show(result["rows"][-1])
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            json.dump(result, file, indent=1)
        print(f"as JSON: {sys.argv[2]}")


prepare_environment()
main()
