"""A weightd for as long as a block of `with` takes: the program on a free port, or a container."""
from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from typing import Iterator

from ._source import Program

_SECONDS = 30  # for a container to answer


class NothingToStart(Exception):
    """There is no program, and nothing that runs containers. str() says what would help."""


def _out(*command: str) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:2])} fails: {done.stderr.strip()}")
    return done.stdout.strip()


@contextlib.contextmanager
def _program(path: str) -> Iterator[str]:
    with subprocess.Popen([path, "--port", "0", "--log", "off"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            if " listening on " not in said:
                raise RuntimeError(f"{path} does not serve: {said!r}")
            yield said.rpartition(" ")[2].strip()
        finally:
            process.terminate()


@contextlib.contextmanager
def _container(docker: str, image: str, *options: str) -> Iterator[str]:
    try:
        container = _out(docker, "create", "--read-only", "--cap-drop", "ALL", "-e", "WEIGHTD_LOG=off", "-p", "127.0.0.1::8080", *options, image)
    except RuntimeError as error:
        raise NothingToStart(f"no container of the image {image} ($WEIGHTD_IMAGE): {error}") from None
    try:
        _out(docker, "start", container)
        end = time.monotonic() + _SECONDS
        while subprocess.run([docker, "exec", container, "weightd", "--healthcheck"], capture_output=True, check=False).returncode:
            if time.monotonic() > end or _out(docker, "inspect", "-f", "{{.State.Running}}", container) != "true":
                raise RuntimeError(f"{image} does not serve")
            time.sleep(0.2)
        yield "http://" + _out(docker, "port", container, "8080").split("\n")[0]
    finally:
        _out(docker, "rm", "-f", container)


def _docker() -> str:
    """What runs containers: $DOCKER, else the first of docker and podman that answers."""
    for name in [os.environ["DOCKER"]] if os.environ.get("DOCKER") else ["docker", "podman"]:
        path = shutil.which(name)
        if path and subprocess.run([path, "version"], capture_output=True, check=False).returncode == 0:
            return path
    raise NothingToStart("no program weightd in PATH ($WEIGHTD), no docker or podman that answers, and $WEIGHTD_URL names no server")


def serving() -> contextlib.AbstractContextManager[str]:
    """The URL of a server of one's own. The image is $WEIGHTD_IMAGE, or one here that is called weightd."""
    try:
        return _program(Program().path)
    except FileNotFoundError:
        image = os.environ.get("WEIGHTD_IMAGE")
        return _container(_docker(), image) if image else _container(_docker(), "weightd", "--pull", "never")
