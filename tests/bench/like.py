"""like.py BENCH_LIKE [JSON [WEIGHTD]] - like= against the framework's own stream, one thread, one run; with WEIGHTD, whole
models, from the start of the program to the last byte, against their constructors in torch.

Every round measures all of them one after the other; a ratio is the median of the rounds' ratios of CPU times. Frameworks
that cannot be imported are left out. Fails when a promised ratio is missed. ROUNDS (default 7) is taken from the environment."""
import json
import os
import subprocess
import sys
import time
from statistics import median

sys.dont_write_bytecode = True
import peers  # beside this file

sys.path.pop(0)  # transformers looks for a module named kernels, and there is one beside this file
ROUNDS = int(os.environ.get("ROUNDS", "7"))
N = 1 << 22


def numpy_cases():
    import numpy as np
    legacy, rng = np.random.RandomState(1), np.random.default_rng(1)
    shape = f"shape={N}&seed=1"
    return [
        ("numpy randn f64", f"like=numpy&scheme=standard_normal&dtype=f64&{shape}", lambda: legacy.standard_normal(N), 1.0),
        ("numpy uniform f64", f"like=numpy&scheme=random_sample&dtype=f64&{shape}", lambda: legacy.random_sample(N), None),
        ("numpy-generator normal f64", f"like=numpy-generator&scheme=standard_normal&dtype=f64&{shape}",
         lambda: rng.standard_normal(N), None),
        ("numpy-generator normal f32", f"like=numpy-generator&scheme=standard_normal&{shape}",
         lambda: rng.standard_normal(N, dtype=np.float32), None),
    ]


def torch_cases():
    import torch
    torch.set_num_threads(1)
    version = tuple(int(x) for x in torch.__version__.split(".")[:2])
    steps = (((2, 13), "torch"), ((2, 12), "torch@2.12"), ((2, 1), "torch@2.1"), ((2, 0), "torch@2.0"), ((1, 13), "torch@1.13"))
    like = next(name for least, name in steps if version >= least)
    types = {"f32": torch.float32, "f64": torch.float64, "bf16": torch.bfloat16}
    cases = []
    for dtype, kind in types.items():
        w = torch.empty(N, dtype=kind)
        shape = f"like={like}&shape={N}&seed=1&dtype={dtype}"
        cases.append((f"torch normal_ {dtype}", f"{shape}&scheme=normal", lambda w=w: w.normal_(), 1.0 if dtype == "f32" else None))
        cases.append((f"torch uniform_ {dtype}", f"{shape}&scheme=uniform", lambda w=w: w.uniform_(), None))
    w = torch.empty(N)
    cases.append(("torch trunc_normal_ f32", f"like={like}&shape={N}&seed=1&scheme=trunc_normal",
                  lambda: torch.nn.init.trunc_normal_(w), None))
    return cases


# Whole models: name, what weightd is asked for, the constructor. Each is to be made at least twice as fast.
def model_cases():
    import torch
    torch.set_num_threads(1)
    cases = [("nn.Linear(4096, 4096)", "/model?layers=linear:4096,4096&like=torch&format=safetensors",
              lambda: torch.nn.Linear(4096, 4096))]
    try:
        import torchvision
        cases.append(("torchvision resnet50", "/models/resnet50.safetensors?like=torch", torchvision.models.resnet50))
    except ImportError:
        print("torchvision is not installed")
    try:
        from transformers import GPT2Config, GPT2LMHeadModel
        cases.append(("gpt2 (124M)", "/models/gpt2.safetensors?like=torch", lambda: GPT2LMHeadModel(GPT2Config())))
    except ImportError:
        print("transformers is not installed")
    return cases


def child_seconds(command):
    before = os.times()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def measure_models(weightd):
    """Processor seconds of `weightd get`, its start included, and of the constructor: the median ratio of the rounds."""
    missed = 0
    print(f"\n{'model':28} {'ms':>7} {'x torch':>12}  promised")
    for name, url, make in model_cases():
        rounds = []
        for _ in range(max(ROUNDS // 2, 3)):
            ours = min(child_seconds([weightd, "get", url]) for _ in range(3))
            start = time.process_time()
            make()
            rounds.append((ours, (time.process_time() - start) / ours))
        ratio = median(r for _, r in rounds)
        missed += ratio < 2
        print(f"{name:28} {1000 * median(o for o, _ in rounds):7.0f} {ratio:12.2f}  2.0{'  MISSED' if ratio < 2 else ''}")
    return missed


def best_of_three(function):
    best = None
    for _ in range(3):
        start = time.process_time()
        function()
        elapsed = time.process_time() - start
        best = elapsed if best is None or elapsed < best else best
    return best


def main():
    peers.say_missing("numpy", "torch")
    ours = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    cases = []
    for name, found in (("numpy", numpy_cases), ("torch", torch_cases)):
        try:
            cases += found()
        except ImportError:
            print(f"{name} is not installed")
    ratios = {case[0]: [] for case in cases}
    speeds = dict(ratios)
    for _ in range(ROUNDS):
        for name, query, theirs, _ in cases:
            ours.stdin.write(query + "\n")
            ours.stdin.flush()
            seconds = float(ours.stdout.readline())
            ratios[name] = ratios[name] + [best_of_three(theirs) / seconds]
            speeds[name] = speeds[name] + [N / seconds / 1e6]
    missed = 0
    print(f"{'case':28} {'M/s':>7} {'x framework':>12}  promised")
    for name, _, _, promised in cases:
        ratio = median(ratios[name])
        missed += promised is not None and ratio < promised
        print(f"{name:28} {median(speeds[name]):7.0f} {ratio:12.2f}  {promised or ''}{'  MISSED' if promised and ratio < promised else ''}")
    if len(sys.argv) > 3:
        try:
            missed += measure_models(sys.argv[3])
        except ImportError:
            pass
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w") as out:
            json.dump({name: median(values) for name, values in ratios.items()}, out, indent=1)
    sys.exit(1 if missed else 0)


main()
