"""against_nginx.py [JSON] - weightd against nginx serving the same bytes as static files.

Each server has core 0 to itself while the other idles, the client has core 1: wrk, curl for the largest, and h2load for 304s,
because wrk waits for a body when a 304 tells the length of what it confirms. Every round measures each case on
each server once, the order alternating; a ratio is the median of the rounds' ratios, so above 1 weightd is faster. nginx
runs with one worker, sendfile, an open-file cache and no log; weightd with one thread that serves and no log.

Environment: ROUNDS (7), WRK_SECONDS per measurement (2), CONNECTIONS (16), WEIGHTD (build/weightd).
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
WRK_SECONDS = int(os.environ.get("WRK_SECONDS", "2"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "16"))
WEIGHTD = os.path.abspath(os.environ.get("WEIGHTD", "build/weightd"))

# name, request, what the ratio should reach
CACHED = [
    ("4 KiB", "/init?scheme=normal&shape=32,32", 1.2),
    ("128 KiB", "/init?scheme=normal&shape=256,128", 1.2),
    ("8 MiB", "/init?scheme=normal&shape=2048,1024", 1.2),
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


# ---- one measurement: (what counts as speed, p99 latency in ms or None) ------------------------------------------------


def latency_ms(text):
    value, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(value) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(url):
    done = subprocess.run(on_core(1, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}s", "--latency", url),
                          capture_output=True, text=True, check=True).stdout
    if "Socket errors" in done:
        raise SystemExit(f"{url}:\n{done}")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    if bad:
        raise SystemExit(f"{url}: {bad[0]}")
    p99 = latency_ms(re.search(r"^ +99% +(\S+)", done, re.MULTILINE)[1])
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1]), p99


def cached(server, target, _):
    url = server.target(target, 1)
    get(url)
    return wrk(url)


def not_modified(server, target, _):
    url = server.target(target, 1)
    done = subprocess.run(on_core(1, "h2load", "--h1", "-t1", f"-c{CONNECTIONS}", f"-D{WRK_SECONDS}", "--warm-up-time=0",
                                  "-H", f"If-None-Match: {get(url)[0]['ETag']}", url),
                          capture_output=True, text=True, check=True).stdout
    if not re.search(r"status codes: 0 2xx, [1-9]\d* 3xx, 0 4xx, 0 5xx", done):
        raise SystemExit(f"{url}:\n{done}")
    return float(re.search(r"([\d.]+) req/s", done)[1]), None


def large(server, target, unique):
    done = subprocess.run(on_core(1, "curl", "-so", "/dev/null", "-w", "%{speed_download} %{size_download}",
                                  server.target(target, unique)), capture_output=True, text=True, check=True)
    speed, size = done.stdout.split()
    assert int(size) == 1 << 30, done.stdout
    return float(speed), None


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
        if result[server][0][1] is not None:
            out[server + "_p99_ms"] = median(x[1] for x in result[server])
    return out


def print_table(rows, start_ms):
    print(f"{'answer':16}{'weightd':>14}{'nginx':>14}{'ratio':>8}  {'min..max':12}{'target':>7}{'p99 ms':>9}{'nginx':>9}")
    for name, r in rows.items():
        unit = " B/s" if name == LARGE[0] else "/s"
        spread = f"{r['ratio_min']:.2f}..{r['ratio_max']:.2f}"
        p99 = f"{r['weightd_p99_ms']:9.3f}{r['nginx_p99_ms']:9.3f}" if "weightd_p99_ms" in r else ""
        print(f"{name:16}{r['weightd']:12.0f}{unit:4}{r['nginx']:10.0f}{unit:4}{r['ratio']:8.2f}  {spread:12}"
              f"{r['target']:7.1f}{p99}")
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
            json.dump({"rounds": ROUNDS, "seconds": WRK_SECONDS, "connections": CONNECTIONS, "answers": rows,
                       "start_ms": 1000 * median(starts)}, out, indent=2)


main()
