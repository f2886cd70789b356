"""get.py WEIGHTD [JSON] - `weightd get` of 1 GiB of f32 normals to /dev/null against NumPy filling the same array.

Whole processes on one core, one after the other, processor time of each (user and system); a ratio is the median of the
rounds' ratios. From the environment: ROUNDS (default 3).
"""
import json
import os
import resource
import subprocess
import sys
from statistics import median

ROUNDS = int(os.environ.get("ROUNDS", "3"))
ELEMENTS = 1 << 28
NUMPY = f"""
import numpy as np
a = np.empty({ELEMENTS}, np.float32)
np.random.default_rng(7).standard_normal(out=a, dtype=np.float32)
"""


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    ours = [sys.argv[1], "get", f"/normal/{ELEMENTS}?seed=7"]
    theirs = [sys.executable, "-c", NUMPY]
    if subprocess.run([sys.executable, "-c", "import numpy"], capture_output=True).returncode:
        print("bench-get: left out, there is no NumPy (apt-get install python3-numpy)")
        return
    cpu_seconds(ours)
    rounds = [(cpu_seconds(ours), cpu_seconds(theirs)) for _ in range(ROUNDS)]
    ratios = sorted(b / a for a, b in rounds)
    row = {"gib": 1, "weightd_s": median(a for a, _ in rounds), "numpy_s": median(b for _, b in rounds),
           "ratio": median(ratios), "ratio_min": ratios[0], "ratio_max": ratios[-1], "target": 4}
    print("weightd get, 1 GiB of f32 normals: {weightd_s:.2f} s; NumPy {numpy_s:.2f} s; "
          "NumPy / weightd {ratio:.1f} [{ratio_min:.1f}-{ratio_max:.1f}], target {target}".format(**row))
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as file:
            json.dump(row, file, indent=1)


main()
