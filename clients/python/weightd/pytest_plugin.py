"""The fixture weightd_server: a weightd.Server for the whole test session.

It is the server at $WEIGHTD_URL if that is set, as for a service container of a CI job; else the program weightd, $WEIGHTD or
the one in PATH; else a container of the image $WEIGHTD_IMAGE, or of one here that is called weightd, by docker or podman. What is
started listens on a free port and ends after the last test. Where there is nothing to start, tests that use the fixture are skipped.
"""
from __future__ import annotations

import contextlib
import os
from typing import Iterator

import pytest

from ._serving import NothingToStart, serving
from ._source import Server


@pytest.fixture(scope="session")
def weightd_server() -> Iterator[Server]:
    """A server of this session's own, or that of $WEIGHTD_URL."""
    given = os.environ.get("WEIGHTD_URL")
    with contextlib.ExitStack() as stack:
        try:
            url = given or stack.enter_context(serving())
        except NothingToStart as reason:
            pytest.skip(str(reason))
        yield Server(url)
