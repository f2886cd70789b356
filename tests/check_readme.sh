#!/bin/bash
# check_readme.sh - what the README shows happens, and its tables are the program's: tests/py/check_readme.py.
exec python3 tests/py/check_readme.py check
