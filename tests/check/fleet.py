#!/usr/bin/env python3
"""A fleet on this machine: three replicas of weightd and nginx with docker/fleet/nginx.conf.template.

    WEIGHTD=build/weightd tests/check/fleet.py [SECONDS]

While clients ask for whole bodies, ranges, HEADs and 304s, replicas are killed with -9 in the middle of their work,
restarted, and one is told to stop. Every answer must come at the first try and have the bytes `weightd get` gives.
"""
import http.client
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WEIGHTD = os.environ.get("WEIGHTD", ROOT + "/build/weightd")
TEMPLATE = ROOT + "/docker/fleet/nginx.conf.template"
REPLICAS = 3
CLIENTS = 6
MIB = 1 << 20


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(port, path, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1) as answer:
                return answer.read()
        except OSError:
            time.sleep(0.02)
    sys.exit(f"nothing answers on port {port}")


class Replica:
    def __init__(self, port):
        self.port = port
        self.start()

    def start(self):
        options = ["--port", str(self.port), "--log", "off", "--cache-bytes", "16M", "--threads", "2"]
        self.process = subprocess.Popen([WEIGHTD, *options], stdout=subprocess.DEVNULL)
        wait_for(self.port, "/readyz")

    def stop(self, number):
        self.process.send_signal(number)
        self.process.wait(40)

    def answered(self):
        """Tensors answered since its start."""
        text = wait_for(self.port, "/metrics").decode()
        counts = re.findall(r'_seconds_count\{route="(?:/init|/\{scheme\}/\{shape\})".*\} (\d+)', text)
        return sum(map(int, counts))


def cut_short(listener, port, cuts):
    """A replica that dies in the middle of a part's body, is gone for a moment, and comes back: for ever. (A killed
    process rarely does so on one machine: the kernel has taken all of a part by then. Over a network it is usual.)"""
    address = listener.getsockname()
    while True:
        client, _ = listener.accept()
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(65536)
            if not more:
                break
            head += more
        if b"\r\n\r\n" in head:
            with socket.create_connection(("127.0.0.1", port)) as replica:
                replica.sendall(head.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
                answer = b"".join(iter(lambda: replica.recv(MIB), b""))
            is_part = re.search(rb"\nRange: bytes=\d+-\d+\r", head)
            client.sendall(answer[:(len(answer) + answer.index(b"\r\n\r\n") + 4) // 2] if is_part else answer)
            if is_part:
                cuts.value += 1
                listener.close()
        client.close()
        if listener.fileno() < 0:
            time.sleep(0.2)
            listener = listen_on(address)


def listen_on(address):
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(address)
    listener.listen(64)
    return listener


# ---- what is asked -------------------------------------------------------------------------------------------------

def targets():
    small = [f"/init?scheme=xavier_uniform&shape=64,{n}&seed={n}" for n in range(64, 600, 32)]
    large = [f"/he_normal/1024x{n}.bin?seed=7" for n in range(300, 2100, 150)]
    files = [f"/init?scheme=lecun_normal&shape=500,{n}&format={f}&seed=3"
             for n in (7, 300, 1100) for f in ("npy", "safetensors", "json")]
    whole = [f"/init?scheme=orthogonal&shape=256,256&seed={n}" for n in range(6)]
    escaped = ["/init?scheme=normal&shape=100%2C50&std=1e%2B1", "/normal/300x300.npy?dtype=f16&stream=a%20b"]
    return small + large + files + whole + escaped + repositories()


def repositories():
    """Files of the hub, under the commits that any replica must know."""
    found = []
    for repo in ("weightd/tiny-llama", "weightd/tiny-whisper", "tinygpt2"):
        for revision in ("main", "seed-7-bf16"):
            info = json.loads(get(f"/api/models/{repo}/revision/{revision}"))
            found += [f"/{repo}/resolve/{info['sha']}/{file['rfilename']}" for file in info["siblings"]]
    return found


HUGE = "/init?scheme=normal&shape=268435456&seed=11"  # 1 GiB: asked for in parts only


def get(target):
    return subprocess.run([WEIGHTD, "get", target], check=True, stdout=subprocess.PIPE).stdout


def write_expected(folder):
    """Bodies by the program without a server: [(target, file, offset of the file's first byte, size)]."""
    expected = []
    for i, target in enumerate(targets()):
        body = get(target)
        expected.append((target, f"{folder}/{i}", 0, len(body)))
        with open(expected[-1][1], "wb") as f:
            f.write(body)
    for i in range(12):
        first = random.Random(i).randrange(268435456 - 70000)
        with open(f"{folder}/huge{i}", "wb") as f:
            f.write(get(f"{HUGE}&slice={first}:{first + 70000}"))
        expected.append((HUGE, f"{folder}/huge{i}", 4 * first, 1 << 30))
    return expected


# ---- asking --------------------------------------------------------------------------------------------------------

def a_range(rng, offset, known, size):
    """(the field, first, last) of a range within the known bytes."""
    first = offset + rng.randrange(known)
    last = min(offset + known - 1, first + rng.choice((0, 99, 70000, 3 * MIB)))
    if offset + known == size and rng.random() < 0.3:
        return rng.choice((f"bytes={first}-", f"bytes=-{size - first}")), first, size - 1
    return f"bytes={first}-{last}", first, last


def spelling(rng, target):
    """The same target, often written as nobody did before: nginx does not have it then, and asks a replica."""
    if rng.random() < 0.3:
        return target
    return re.sub(r"(?<!%)(?<=[=/a-z])[a-z]", lambda m: m[0] if rng.random() < 0.8 else f"%{ord(m[0]):02x}", target)


def one(connection, rng, case, etags):
    """Ask once; what is wrong with the answer, or None."""
    target, path, offset, size = case
    with open(path, "rb") as f:
        body = f.read()
    method, fields, status, want = "GET", {}, 200, body
    kind = rng.random()
    if kind < 0.4 or len(body) < size:
        fields["Range"], first, last = a_range(rng, offset, len(body), size)
        status, want = 206, body[first - offset:last + 1 - offset]
    elif kind < 0.5:
        method, want = "HEAD", b""
    elif kind < 0.6 and target in etags:
        fields["If-None-Match"], status, want = etags[target], 304, b""
    asked = spelling(rng, target)
    connection.request(method, asked, headers=fields)
    answer = connection.getresponse()
    got = answer.read()
    what = f"{method} {asked} {fields}: "
    if answer.status != status:
        return what + f"status {answer.status}, expected {status}"
    if got != want:
        return what + f"{len(got)} bytes that are not the {len(want)} expected"
    if status == 206 and answer.getheader("Content-Range") != f"bytes {first}-{last}/{size}":
        return what + f"Content-Range {answer.getheader('Content-Range')}"
    if method == "HEAD" and answer.getheader("Content-Length") != str(size):
        return what + f"Content-Length {answer.getheader('Content-Length')}"
    if etags.setdefault(target, answer.getheader("ETag")) != answer.getheader("ETag"):
        return what + "another ETag"
    return None


def client(number, port, expected, end, results):
    rng = random.Random(number)
    etags, n, n_bytes, failures = {}, 0, 0, []
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while time.monotonic() < end:
        case = rng.choice(expected)
        try:
            failure = one(connection, rng, case, etags)
        except (OSError, http.client.HTTPException) as e:
            failure = f"{case[0]}: {e!r}"
            connection.close()
        n += 1
        if failure:
            failures.append(f"{time.strftime('%H:%M:%S')} {failure}")
    results.put((n, failures))


# ---- the course of events ------------------------------------------------------------------------------------------

def start_nginx(folder, ports):
    listen, whole = free_ports(2)
    values = {
        "FLEET_LISTEN": f"127.0.0.1:{listen}", "FLEET_WHOLE": f"127.0.0.1:{whole}",
        "NGINX_LOCAL_RESOLVERS": "127.0.0.1",
        "FLEET_REPLICAS": " ".join(f"server 127.0.0.1:{p} fail_timeout=1s;" for p in ports),
        "FLEET_CACHE": folder + "/cache", "FLEET_CACHE_BYTES": "16m", "FLEET_RUN": folder,
    }
    with open(TEMPLATE, encoding="utf-8") as f:
        text = re.sub(r"\$\{([A-Z_]+)\}", lambda m: values.get(m.group(1), m.group()), f.read())
    with open(folder + "/nginx.conf", "w", encoding="utf-8") as f:
        f.write(text)
    nginx = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    command = [nginx, "-p", folder, "-c", folder + "/nginx.conf", "-e", "stderr"]
    with open(folder + "/nginx.log", "w", encoding="utf-8") as log:
        if subprocess.run([*command, "-t"], stdout=log, stderr=log, check=False).returncode:
            sys.exit(open(folder + "/nginx.log", encoding="utf-8").read())
        process = subprocess.Popen([*command, "-g", "daemon off;"], stdout=subprocess.DEVNULL, stderr=log)
    wait_for(listen, "/livez")
    return process, listen


def disturb(replicas, end):
    """Kill a replica, start it again; now and then stop one in good order. What was done, as text."""
    done = []
    for i in range(10000):
        replica, number = replicas[i % len(replicas)], signal.SIGTERM if i % 3 == 1 else signal.SIGKILL
        if time.monotonic() > end - 3:
            return done
        time.sleep(1.5)
        replica.stop(number)
        time.sleep(0.5)
        replica.start()
        done.append(number.name)
    return done


def run(folder, seconds):
    os.chmod(folder, 0o755)
    expected = write_expected(folder)
    replicas, clients, nginx, cuts = [], [], None, multiprocessing.Value("i")
    try:
        replicas += [Replica(port) for port in free_ports(REPLICAS + 1)]
        spared = replicas[REPLICAS]
        cutter = listen_on(("127.0.0.1", 0))
        clients.append(multiprocessing.Process(target=cut_short, args=(cutter, spared.port, cuts)))
        nginx, port = start_nginx(folder, [r.port for r in replicas[:REPLICAS]] + [cutter.getsockname()[1]])
        clients[0].start()
        cutter.close()
        results, end = multiprocessing.Queue(), time.monotonic() + seconds
        for i in range(CLIENTS):
            clients.append(multiprocessing.Process(target=client, args=(i, port, expected, end, results)))
            clients[-1].start()
        time.sleep(1)
        before = [r.answered() for r in replicas[:REPLICAS]]
        done = disturb(replicas[:REPLICAS], end)
        counted = [results.get(timeout=90) for _ in clients[1:]]
        after = [r.answered() for r in replicas[:REPLICAS]]
        return {"requests": sum(n for n, _ in counted), "failures": [f for _, fs in counted for f in fs],
                "answered_before": before, "answered_since_restart": after,
                "kill -9": done.count("SIGKILL"), "SIGTERM": done.count("SIGTERM"), "cut short": cuts.value}
    finally:
        for c in clients:
            c.kill()
        if nginx:
            nginx.terminate()
            nginx.wait(20)
        for r in replicas:
            r.process.kill()


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 14
    with tempfile.TemporaryDirectory(prefix="weightd-fleet-") as folder:
        report = run(folder, seconds)
        failures = report.pop("failures")
        print(json.dumps({**report, "failed": len(failures)}))
        if failures:
            print(*failures[:20], sep="\n")
            with open(folder + "/nginx.log", encoding="utf-8") as log:
                print(*log.readlines()[-30:], sep="")
    idle = min(report["answered_before"] + report["answered_since_restart"]) == 0
    if idle:
        print("a replica had nothing to do")
    return 1 if failures or idle or not report["kill -9"] or not report["SIGTERM"] or not report["cut short"] else 0


if __name__ == "__main__":
    sys.exit(main())
