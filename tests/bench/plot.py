"""plot.py [JSON] - what the server's part of pictures and of the page at / costs, on one core.

    make bench-plot

weightd has core 0 with one thread that computes, the client core 1. A cold answer is that of a seed that was never asked for, a
warm one comes from the cache; each is the best of ROUNDS. Milliseconds are the processor time that the server took, which
others on the machine do not change, with those on the wire behind it; the limit is held against the first.

Environment: ROUNDS (7), WEIGHTD (build/weightd)."""
import atexit
import glob
import http.client
import itertools
import json
import os
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("ROUNDS", "7"))
WEIGHTD = os.path.abspath(os.environ.get("WEIGHTD", "build/weightd"))

# name, target, most milliseconds cold, most warm; rounds of the cold one
ROWS = [
    ("page", "/?scheme=he_normal&shape=256,128", 60, 2, ROUNDS),
    ("sweep, 50 layers of 128, batch 64", "/plot/sweep.svg?scheme=he_normal&activation=relu", 25, 2, ROUNDS),
    ("sweep, tanh", "/plot/sweep.svg?scheme=he_normal&activation=tanh", 25, 2, ROUNDS),
    ("sweep, gelu", "/plot/sweep.svg?scheme=he_normal&activation=gelu", 25, 2, ROUNDS),
    ("sweep, width 256", "/plot/sweep.svg?scheme=he_normal&activation=relu&width=256", 100, 2, ROUNDS),
    ("grid, three seeds", "/plot/grid.json?", 1000, 2, 2),
    ("spectrum, width 64", "/plot/spectrum.svg?scheme=lecun_normal", 30, 2, ROUNDS),
    ("spectrum, width 128", "/plot/spectrum.svg?scheme=lecun_normal&width=128", 200, 2, 3),
    ("symmetry", "/plot/symmetry.svg?scheme=xavier_normal", 20, 2, ROUNDS),
    ("histogram, 256 x 128", "/plot/histogram.svg?scheme=he_normal&shape=256,128", 5, 2, ROUNDS),
    ("heat, 256 x 128", "/plot/heat.png?scheme=he_normal&shape=256,128&size=s", 5, 2, ROUNDS),
    ("versus, 512 x 512", "/plot/versus.svg?scheme=he_normal&shape=512,512&vs=torch,jax,tfjs", 200, 2, 3),
    ("plan", "/plan?scheme=he_normal&shape=3,3,64,128", 1, 1, ROUNDS),
    ("fit", "/fit?shape=768,3072&std=0.02&max=0.0999", 2, 2, ROUNDS),
]


class Server:
    def __init__(self):
        self.process = subprocess.Popen(["taskset", "-c", "0", WEIGHTD, "--port", "0", "--threads", "1", "--log", "off"],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1].strip("/\n"))
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def stop(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()

    def cpu_ms(self):
        """Of all threads."""
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/schedstat"):
            with open(path) as file:
                total += int(file.read().split()[0])
        return total / 1e6

    def ask(self, target):
        """Milliseconds of processor time, milliseconds on the wire, bytes."""
        before, start = self.cpu_ms(), time.perf_counter()
        self.connection.request("GET", target, headers={"Accept-Encoding": "gzip"})
        answer = self.connection.getresponse()
        body = answer.read()
        took = 1000 * (time.perf_counter() - start)
        if answer.status != 200:
            sys.exit(f"bench-plot: {target} is answered {answer.status}")
        return self.cpu_ms() - before, took, len(body)


SEEDS = itertools.count(1000)  # the page makes pictures, too, which those of its seeds would find in the cache


def measure(server, target, rounds):
    between = "" if target.endswith("?") else "&"
    seeded = "scheme=" in target or target.endswith("?")
    targets = [f"{target}{between}seed={next(SEEDS)}" if seeded else target for _ in range(rounds)]
    cold = [server.ask(t) for t in targets]
    warm = [server.ask(targets[-1]) for _ in range(20)]
    best = lambda rows: {"cpu_ms": round(min(r[0] for r in rows), 2), "wire_ms": round(min(r[1] for r in rows), 2)}
    return {"cold": best(cold), "warm": best(warm), "gzip_bytes": warm[0][2]}


def main():
    if os.cpu_count() > 1:
        os.sched_setaffinity(0, {1})
    server, results, missed = Server(), [], 0
    atexit.register(server.stop)  # whatever ends this, a closed pipe too
    server.ask("/livez")
    print(f"{'picture':36}{'cold, ms':>16}{'limit':>7}{'warm, ms':>16}{'limit':>7}{'gzip':>8}")
    for name, target, cold_most, warm_most, rounds in ROWS:
        row = {"name": name, "target": target, **measure(server, target, rounds), "limits_ms": [cold_most, warm_most]}
        good = row["cold"]["cpu_ms"] <= cold_most and row["warm"]["cpu_ms"] <= warm_most
        missed += not good
        results.append({**row, "good": good})
        show = lambda kind: f"{row[kind]['cpu_ms']:.2f} ({row[kind]['wire_ms']:.2f})"
        print(f"{name:36}{show('cold'):>16}{cold_most:>7}{show('warm'):>16}{warm_most:>7}{row['gzip_bytes']:>8}"
              f"{'' if good else '  MISS'}", flush=True)
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w", encoding="utf-8") as file:
            json.dump(results, file, indent=1)
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
