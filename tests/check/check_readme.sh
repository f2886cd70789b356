#!/bin/bash
# check_readme.sh - the commands of README.md print what it shows, and the tables of docs/ are the program's: see
# tests/check/check_readme.py.
exec "${PYTHON:-python3}" tests/check/check_readme.py check
