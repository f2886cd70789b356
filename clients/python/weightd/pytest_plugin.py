"""The fixture weightd_server: a weightd.Server for the whole test session.

It is the server at $WEIGHTD_URL if that is set, as for a service container of a CI job; else the program weightd, $WEIGHTD or
the one in PATH, started on a free port and stopped after the last test. Where there is neither, tests that use it are skipped.
"""
from __future__ import annotations

import os
import subprocess
from typing import Iterator

import pytest

from ._source import Program, Server


@pytest.fixture(scope="session")
def weightd_server() -> Iterator[Server]:
    """A server of this session's own, or that of $WEIGHTD_URL."""
    url = os.environ.get("WEIGHTD_URL")
    if url:
        yield Server(url)
        return
    try:
        program = Program().path
    except FileNotFoundError as error:
        pytest.skip(str(error))
    with subprocess.Popen([program, "--port", "0", "--log", "off"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        try:
            assert "listening on " in said, f"{program} does not serve: {said!r}"
            yield Server(said.rpartition(" ")[2].strip())
        finally:
            process.terminate()
