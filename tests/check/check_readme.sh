#!/bin/bash
# check_readme.sh - what the README shows happens, and its tables are the program's: tests/check/check_readme.py.
exec "${PYTHON:-python3}" tests/check/check_readme.py check
