"""against_nginx.py [JSON] - weightd against nginx serving the same bytes as static files.

Each server has core 0 to itself while the other idles, the client has core 1: bench_load, and curl for the largest. Every
round measures each case on each server once, the order alternating; a ratio is the median of the rounds' ratios, so above 1
weightd is faster. nginx runs with one worker, sendfile, an open-file cache and no log; weightd with one thread that
serves and no log. Printed beside each rate is how busy the client's core was: at 100 % it was not the server that was measured.

Environment: ROUNDS (7), LOAD_SECONDS per measurement (2), CONNECTIONS (16), WEIGHTD (build/weightd), BENCH_LOAD
(build/tests/bench_load), CLIENT (bench_load; wrk instead, for all but the 304s, as it waits for the body of a 304 that tells
the length of what it confirms).
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from statistics import median

ROUNDS = int(os.environ.get("ROUNDS", "7"))
LOAD_SECONDS = int(os.environ.get("LOAD_SECONDS", "2"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "16"))
CLIENT = os.environ.get("CLIENT", "bench_load")
WEIGHTD = os.path.abspath(os.environ.get("WEIGHTD", "build/weightd"))
BENCH_LOAD = os.path.abspath(os.environ.get("BENCH_LOAD", "build/tests/bench_load"))

# name, request, what the ratio should reach
CACHED = [
    ("4 KiB", "/init?scheme=normal&shape=32,32", 1.2),
    ("128 KiB", "/init?scheme=normal&shape=256,128", 1.2),
    ("8 MiB", "/init?scheme=normal&shape=2048,1024", 1.2),
    ("a file of the hub", "/weightd/tiny-llama/resolve/main/config.json?download=true", 1.0),
]
NOT_MODIFIED = ("304", "/init?scheme=normal&shape=256,128", 1.0)
LARGE = ("1 GiB uncached", "/init?scheme=normal&shape=16384,16384", 0.7)

NGINX = """
daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error.log; {user}
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 1h;
    open_file_cache max=100 inactive=1h; default_type application/octet-stream;
    client_body_temp_path {dir}/1; proxy_temp_path {dir}/2; fastcgi_temp_path {dir}/3; uwsgi_temp_path {dir}/4;
    scgi_temp_path {dir}/5;
    server {{ listen 127.0.0.1:{port}; root {dir}/files; }}
}}
"""


def on_core(core, *command):
    return ["taskset", "-c", str(core), *command]


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.headers, answer.read()


def file_of(target):
    return re.sub(r"\W", "_", target)


class Weightd:
    name = "weightd"

    def __init__(self):
        self.start()

    def start(self):
        started = time.perf_counter()
        self.process = subprocess.Popen(on_core(0, WEIGHTD, "--port", "0", "--threads", "1", "--log", "off"),
                                        stdout=subprocess.PIPE, text=True)
        try:
            self.url = self.process.stdout.readline().split()[-1]
            get(self.url + "/livez")
        except Exception:
            self.stop()
            raise
        return time.perf_counter() - started

    def target(self, target, unique):
        return f"{self.url}{target}&seed={unique}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Nginx:
    name = "nginx"

    def __init__(self, folder, port):
        files = os.path.join(folder, "files")
        os.makedirs(files)
        for _, target, _ in [*CACHED, LARGE]:
            with open(os.path.join(files, file_of(target)), "wb") as out:
                subprocess.run([WEIGHTD, "get", target], stdout=out, check=True)
        with open(os.path.join(folder, "nginx.conf"), "w") as conf:
            conf.write(NGINX.format(dir=folder, port=port, user="user root;" if os.getuid() == 0 else ""))
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        self.process = subprocess.Popen(on_core(0, program, "-e", os.path.join(folder, "error.log"), "-c",
                                                os.path.join(folder, "nginx.conf")))
        self.url = f"http://127.0.0.1:{port}"
        for _ in range(500):
            try:
                get(f"{self.url}/{file_of(CACHED[0][1])}")
                return
            except OSError:
                time.sleep(0.01)
        raise SystemExit("nginx does not answer")

    def target(self, target, _):
        return f"{self.url}/{file_of(target)}"

    def stop(self):
        self.process.terminate()
        self.process.wait()


def free_port():
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# ---- one measurement: what counts as speed, p99 latency in ms, share of the client's core that was busy --------------------


def ticks(core):
    """Of a core, since the machine started: all, and idle."""
    with open("/proc/stat") as stat:
        fields = next(line.split() for line in stat if line.startswith(f"cpu{core} "))
    times = [int(x) for x in fields[1:9]]
    return sum(times), times[3] + times[4]


def run_client(*command):
    all_before, idle_before = ticks(1)
    done = subprocess.run(on_core(1, *command), capture_output=True, text=True)
    all_after, idle_after = ticks(1)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout, 1 - (idle_after - idle_before) / max(1, all_after - all_before)


def bench_load(url, *field):
    port, target = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/.*)", url).groups()
    out, busy = run_client(BENCH_LOAD, port, target, str(CONNECTIONS), str(LOAD_SECONDS), *field)
    rate, _, p99 = map(float, out.split())
    return rate, p99, busy


def latency_ms(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(url):
    out, busy = run_client("wrk", "-t1", f"-c{CONNECTIONS}", f"-d{LOAD_SECONDS}s", "--latency", url)
    if re.search("Socket errors|Non-2xx", out):
        raise SystemExit(f"{url}:\n{out}")
    p99 = latency_ms(re.search(r"^ +99% +(\S+)", out, re.MULTILINE)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1]), p99, busy


def cached(server, target, _):
    url = server.target(target, 1)
    get(url)
    return wrk(url) if CLIENT == "wrk" else bench_load(url)


def not_modified(server, target, _):
    url = server.target(target, 1)
    return bench_load(url, f"If-None-Match: {get(url)[0]['ETag']}")


def large(server, target, unique):
    out, busy = run_client("curl", "-so", "/dev/null", "-w", "%{speed_download} %{size_download}",
                           server.target(target, unique))
    speed, size = out.split()
    assert int(size) == 1 << 30, out
    return float(speed), None, busy


# ---- the run --------------------------------------------------------------------------------------------------------


def measure(servers):
    cases = [(*case, cached) for case in CACHED] + [(*NOT_MODIFIED, not_modified), (*LARGE, large)]
    results = {name: {"target": target, "weightd": [], "nginx": []} for name, _, target, _ in cases}
    for turn in range(ROUNDS):
        for name, request, _, run in cases:
            for server in servers if turn % 2 else servers[::-1]:
                results[name][server.name].append(run(server, request, 1000 + turn))
    return results


def summary(result):
    ratios = [a[0] / b[0] for a, b in zip(result["weightd"], result["nginx"])]
    out = {"target": result["target"], "ratio": median(ratios), "ratio_min": min(ratios), "ratio_max": max(ratios)}
    for server in ("weightd", "nginx"):
        out[server] = median(x[0] for x in result[server])
        out[server + "_client_busy"] = median(x[2] for x in result[server])
        if result[server][0][1] is not None:
            out[server + "_p99_ms"] = median(x[1] for x in result[server])
    return out


def print_table(rows, start_ms):
    print(f"{'answer':16}{'weightd':>14}{'client':>8}{'nginx':>14}{'client':>8}{'ratio':>8}  {'min..max':12}{'target':>7}"
          f"{'p99 ms':>9}{'nginx':>9}")
    for name, r in rows.items():
        unit = " B/s" if name == LARGE[0] else "/s"
        rates = "".join(f"{r[server]:12.0f}{unit:4}{r[server + '_client_busy']:6.0%}" for server in ("weightd", "nginx"))
        spread = f"{r['ratio_min']:.2f}..{r['ratio_max']:.2f}"
        p99 = f"{r['weightd_p99_ms']:9.3f}{r['nginx_p99_ms']:9.3f}" if "weightd_p99_ms" in r else ""
        print(f"{name:16}{rates}{r['ratio']:8.2f}  {spread:12}{r['target']:7.1f}{p99}")
    print(f"start to first answer: {start_ms:.1f} ms (target 20)")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        servers = [Weightd()]
        try:
            servers.append(Nginx(folder, free_port()))
            rows = {name: summary(r) for name, r in measure(servers).items()}
            starts = []
            for _ in range(max(5, ROUNDS)):
                servers[0].stop()
                starts.append(servers[0].start())
        finally:
            for server in servers:
                server.stop()
    print_table(rows, 1000 * median(starts))
    if len(sys.argv) > 1:
        with open(sys.argv[1], "w") as out:
            json.dump({"rounds": ROUNDS, "client": CLIENT, "seconds": LOAD_SECONDS, "connections": CONNECTIONS,
                       "answers": rows, "start_ms": 1000 * median(starts)}, out, indent=2)


main()
