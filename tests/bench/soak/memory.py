"""memory.py - the memory of weightd under 100,000 distinct requests: resident bytes stay within --cache-bytes + 64 MiB.

Requests of every scheme and format, from a few bytes to megabytes, by several connections at once, each a tensor nobody asked
for before; so the cache is always full and always evicting. Prints the resident memory as it goes and its peak; exit code 1
when the peak is above the bound, or an answer was wrong.

Environment: REQUESTS (100000), CACHE_BYTES (64M), CONNECTIONS (8), WEIGHTD (build/weightd).
"""
import http.client
import itertools
import os
import re
import subprocess
import sys
import threading

REQUESTS = int(os.environ.get("REQUESTS", "100000"))
CACHE_MIB = int(os.environ.get("CACHE_BYTES", "64M").rstrip("M"))
CONNECTIONS = int(os.environ.get("CONNECTIONS", "8"))
WEIGHTD = os.path.abspath(os.environ.get("WEIGHTD", "build/weightd"))
SLACK_MIB = 64

# Most answers are small, some are not, and some need a matrix.
TARGETS = [
    "/init?scheme=xavier_uniform&shape=32,32&seed={}",
    "/init?scheme=he_normal&shape=64,64&seed={}&format=npy",
    "/init?scheme=normal&shape=100&seed={}&format=json",
    "/init?scheme=sparse&shape=100,100&seed={}",
    "/init?scheme=uniform&shape=256,128&seed={}&dtype=f64",
    "/init?scheme=lecun_normal&shape=64,128&seed={}&dtype=bf16&format=safetensors",
    "/init?scheme=orthogonal&shape=32,32&seed={}",
    "/init?scheme=truncated_normal&shape=1000&seed={}&format=sha256",
    "/init?scheme=normal&shape=64,64&stream=s{}",
    "/init?scheme=nothing&shape=4&seed={}",
]
LARGE = ["/init?scheme=normal&shape=1024,1024&seed={}", "/init?scheme=orthogonal&shape=256,256&seed={}&format=json",
         "/init?scheme=normal&shape=4096,4096&seed={}"]


def target(i):
    return (LARGE[i // 500 % len(LARGE)] if i % 500 == 0 else TARGETS[i % len(TARGETS)]).format(i)


class Clients:
    def __init__(self, host):
        self.host = host
        self.next = itertools.count()
        self.done = 0
        self.wrong = []

    def run(self):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        while (i := next(self.next)) < REQUESTS and not self.wrong:
            connection.request("GET", target(i))
            answer = connection.getresponse()
            body = answer.read()
            want = 400 if "nothing" in target(i) else 200
            if answer.status != want or len(body) != int(answer.headers["Content-Length"]):
                self.wrong.append(f"{target(i)}: {answer.status}, {len(body)} bytes")
            self.done += 1


def mib(pid, field):
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(rf"{field}:\s+(\d+) kB", status.read())[1]) / 1024


def load(process, clients):
    threads = [threading.Thread(target=clients.run, daemon=True) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    shown = 0
    while any(thread.is_alive() for thread in threads):
        threads[0].join(timeout=1)
        if clients.done >= shown + REQUESTS // 10:
            shown = clients.done
            print(f"{shown:8} requests: resident {mib(process.pid, 'VmRSS'):6.1f} MiB", flush=True)
        for thread in threads[1:]:
            thread.join(timeout=0)


def main():
    process = subprocess.Popen([WEIGHTD, "--port", "0", "--log", "off", "--cache-bytes", f"{CACHE_MIB}M"],
                               stdout=subprocess.PIPE, text=True)
    try:
        clients = Clients(process.stdout.readline().split()[-1].removeprefix("http://"))
        load(process, clients)
        now, peak = mib(process.pid, "VmRSS"), mib(process.pid, "VmHWM")
    finally:
        process.terminate()
        process.wait()
    bound = CACHE_MIB + SLACK_MIB
    print(f"{clients.done} requests: resident {now:.1f} MiB, peak {peak:.1f} MiB, bound {CACHE_MIB} + {SLACK_MIB} = {bound} MiB")
    for wrong in clients.wrong:
        print(wrong)
    return int(bool(clients.wrong) or clients.done < REQUESTS or peak > bound)


sys.exit(main())
