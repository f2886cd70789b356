#!/bin/bash
# check_page.sh - the page at / as a text: markup, header fields, budgets, wrong values, and every request that it offers to
# copy, run where its language is: tests/check/check_page.py. `make check-page` tries it in a browser.
exec "${PYTHON:-python3}" tests/check/check_page.py
