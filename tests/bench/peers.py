"""peers.py - which of the programs that a benchmark compares with are missing, and how to get them.

A peer that this Python cannot import is left out of the table; what is left out is said."""
import importlib.util
import sys

DEBIAN = "/usr/bin/python3"


def hint(name):
    """How to get a module for the Python that runs."""
    hints = [f"{sys.executable} -m pip install {name}"]
    if sys.executable == DEBIAN:
        hints.insert(0, f"sudo apt-get install python3-{name}")
    return ", or ".join(hints)


def say_missing(*names):
    """Print a line for every module that cannot be imported; returns their names."""
    missing = [name for name in names if importlib.util.find_spec(name) is None]
    for name in missing:
        print(f"missing peer: {name}, for {sys.executable} has none ({hint(name)}, or give another Python with PYTHON=)")
    return missing
