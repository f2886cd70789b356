"""models.py [JSON] - what files of models cost, and weightd against nginx sending a file of the same size.

    make bench-models

weightd has core 0 and one thread that serves, the client core 1. Printed is each number with what it should reach:

    stream      a bf16 checkpoint of GIB over HTTP, rate against nginx sending a file of that size from the page cache
    first byte  of every file of every preset, cold (nothing of the model is in the cache) and warm
    range       8 bytes anywhere in the 811 GB of llama-3.1-405b, over one connection
    index       memory that the largest preset's table and header take
    memory      resident memory before and after STREAM_GB streamed
    part        processor time of a byte of 1 % of all tensors in random order, against that of the whole file

Environment: GIB (4), ROUNDS (3), STREAM_GB (100), WEIGHTD (build/weightd)."""
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from statistics import median

GIB = float(os.environ.get("GIB", "4"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
STREAM_GB = float(os.environ.get("STREAM_GB", "100"))
WEIGHTD = os.path.abspath(os.environ.get("WEIGHTD", "build/weightd"))
LAYERS = max(1, round((GIB * 2**30 - 525336576) / 121643008))
CHECKPOINT = f"/models/llama-3.2-1b.safetensors?dtype=bf16&num_hidden_layers={LAYERS}"
HUGE = "/models/llama-3.1-405b.safetensors?dtype=bf16"
LARGEST = "deepseek-v3"
NGINX = """
daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log; {user}
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; tcp_nopush on; client_body_temp_path {dir}/1; proxy_temp_path {dir}/2;
    fastcgi_temp_path {dir}/3; uwsgi_temp_path {dir}/4; scgi_temp_path {dir}/5;
    server {{ listen 127.0.0.1:{port}; root {dir}; }} }}
"""
results = []


def report(name, value, wanted, good):
    results.append({"name": name, "value": value, "wanted": wanted, "good": bool(good)})
    print(f"{'ok  ' if good else 'MISS'} {name}: {value} (wanted: {wanted})", flush=True)


class Server:
    def __init__(self):
        self.process = subprocess.Popen(["taskset", "-c", "0", WEIGHTD, "--port", "0", "--threads", "1", "--log", "off"],
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1].rstrip("/")
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

    def json(self, target):
        with urllib.request.urlopen(self.url + target) as answer:
            return json.load(answer)


def curl(url, *options):
    """Seconds until the first byte, bytes, and seconds for all of it."""
    form = "%{time_starttransfer} %{size_download} %{time_total}"
    out = subprocess.run(["taskset", "-c", "1", "curl", "-s", "-o", "/dev/null", "-w", form, *options, url],
                         capture_output=True, text=True, check=True).stdout.split()
    return float(out[0]), float(out[1]), float(out[2])


def start_nginx(folder, size):
    with open(f"{folder}/file", "wb") as file:
        file.truncate(size)
    with open(f"{folder}/file", "rb") as file:
        while file.read(1 << 24):  # into the page cache
            pass
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(f"{folder}/conf", "w") as conf:
        conf.write(NGINX.format(dir=folder, port=port, user="user root;" if os.getuid() == 0 else ""))
    program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    process = subprocess.Popen(["taskset", "-c", "0", program, "-e", f"{folder}/error.log", "-c", f"{folder}/conf"])
    time.sleep(0.5)
    return process, f"http://127.0.0.1:{port}/file"


def bench_stream():
    with tempfile.TemporaryDirectory() as folder, Server() as server:
        size = int(urllib.request.urlopen(urllib.request.Request(server.url + CHECKPOINT, method="HEAD")).headers["Content-Length"])
        nginx, file = start_nginx(folder, size)
        try:
            ratios, rates = [], []
            for i in range(ROUNDS):
                _, ours, t = curl(f"{server.url}{CHECKPOINT}&seed={i}")
                _, theirs, u = curl(file)
                assert ours == theirs == size
                rates.append(size / t / 1e9)
                ratios.append(u / t)
        finally:
            nginx.terminate()
            nginx.wait()
    report("stream", f"{median(rates):.2f} GB/s, {median(ratios):.2f} of nginx ({size / 2**30:.2f} GiB bf16)", ">= 0.7 of nginx",
           median(ratios) >= 0.7)


def files_of(server, row):
    """Targets of the first bytes of all files of a preset."""
    name = row["name"]
    yield f"/models/{name}?dtype=bf16"
    yield f"/models/{name}.safetensors?dtype=bf16"
    shards = max(1, -(-row["bytes"] // 2 // 5000000000))
    yield f"/models/{name}/" + ("model.safetensors" if shards == 1 else "model.safetensors.index.json") + "?dtype=bf16"
    if not name.endswith("-lora"):
        yield f"/models/{name}/config.json?dtype=bf16"


def bench_first_byte():
    with Server() as server:
        rows = server.json("/models")["models"]
    for state in ("cold", "warm"):
        times = []
        with Server() as server:
            urllib.request.urlopen(server.url + "/livez").read()
            for row in rows:
                for target in files_of(server, row):
                    if state == "warm":
                        curl(server.url + target, "-r", "0-0")
                    times.append((curl(server.url + target, "-r", "0-0")[0] * 1000, target))
        times.sort(reverse=True)
        slow = ", ".join(f"{t:.1f} ms {target}" for t, target in times[:4])
        report(f"first byte, {state}", f"worst of {len(times)} files: {slow}; median {median(t for t, _ in times):.2f} ms",
               "<= 10 ms", times[0][0] <= 10)


def bench_range():
    with Server() as server:
        size = int(urllib.request.urlopen(urllib.request.Request(server.url + HUGE, method="HEAD")).headers["Content-Length"])
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        times = []
        for _ in range(500):
            at = random.randrange(size - 8)
            started = time.perf_counter()
            connection.request("GET", HUGE, headers={"Range": f"bytes={at}-{at + 7}"})
            assert len(connection.getresponse().read()) == 8
            times.append((time.perf_counter() - started) * 1000)
    times.sort()
    report("range", f"8 bytes of 811 GB: median {median(times):.3f} ms, 99 % within {times[495]:.3f} ms", "< 1 ms", times[495] < 1)


def bench_index():
    with Server() as server:
        urllib.request.urlopen(server.url + "/livez").read()
        before = server.resident_mib()
        curl(f"{server.url}/models/{LARGEST}.safetensors?dtype=bf16", "-r", "0-0")
        after = server.resident_mib()
    report("index", f"{after - before:.1f} MiB more for {LARGEST}", "<= 64 MiB", after - before <= 64)


def bench_memory():
    with Server() as server:
        curl(server.url + HUGE, "-r", "0-1000000000")
        before = server.resident_mib()
        curl(server.url + HUGE, "-r", f"0-{int(STREAM_GB * 1e9)}")
        after = server.resident_mib()
    report("memory", f"{before:.1f} MiB before, {after:.1f} MiB after {STREAM_GB:g} GB", "flat", after <= before + 4)


def bench_part():
    """A hundredth of the tensors of a model with many of one size."""
    target = "/models/qwen3-30b-a3b.safetensors?dtype=bf16&num_hidden_layers=4"
    with Server() as server:
        table = server.json(target.replace(".safetensors", ""))
        rows = random.Random(1).sample(table["tensors"], len(table["tensors"]) // 100)
        curl(server.url + target, "-r", "0-0")
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        began, taken = server.cpu(), 0
        for _ in range(20):
            for row in rows:
                connection.request("GET", target, headers={"Range": f"bytes={row['offset']}-{row['offset'] + row['bytes'] - 1}"})
                taken += len(connection.getresponse().read())
        part = (server.cpu() - began) / taken
        began = server.cpu()
        _, size, _ = curl(server.url + target)
        whole = (server.cpu() - began) / size
    report("part", f"{part / whole:.2f} of the processor time per byte of the whole ({len(rows)} of {len(table['tensors'])} tensors)",
           "<= 1.2", part / whole <= 1.2)


def main():
    for bench in (bench_stream, bench_first_byte, bench_range, bench_index, bench_memory, bench_part):
        bench()
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w") as file:
            json.dump(results, file, indent=1)
    return 0 if all(result["good"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
