"""A weightd on a free port, for the checks that are written in Python."""
import os
import subprocess
import urllib.request

WEIGHTD = os.path.abspath(os.environ.get("WEIGHTD", "build/weightd"))


class Running:
    def __init__(self, *options):
        self.process = subprocess.Popen([WEIGHTD, "--port", "0", "--log", "off", *options], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline().rsplit(":", 1)[1].strip("/\n"))
        self.origin = f"http://127.0.0.1:{self.port}"

    def get(self, target):
        with urllib.request.urlopen(self.origin + target) as answer:
            return answer.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=60)
