#!/usr/bin/env python3
"""Turn the JSON document on standard input into block-style YAML, members in their order.

Strings that could be read as anything else are in double quotes with JSON's escapes, which YAML shares."""
import json
import re
import sys

PLAIN = re.compile(r"[A-Za-z/$][A-Za-z0-9_./${}()-]*( [A-Za-z0-9_./()+=*-]+)*")
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "inf", "nan"}


def scalar(value):
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in WORDS
        return value if plain else json.dumps(value)
    if isinstance(value, float):
        text = repr(value)
        mantissa, e, exponent = text.partition("e")
        return mantissa + ("" if "." in mantissa else ".0") + e + exponent
    return json.dumps(value)


def emit(value, indent, out):
    pad = "  " * indent
    if isinstance(value, dict):
        for key, item in value.items():
            put(f"{pad}{scalar(key)}:", item, indent, out)
    else:
        for item in value:
            first = len(out)
            if isinstance(item, dict) and item:
                emit(item, indent + 1, out)
                out[first] = f"{pad}- {out[first].lstrip()}"
            else:
                put(f"{pad}-", item, indent, out)


def put(head, item, indent, out):
    if isinstance(item, (dict, list)) and item:
        out.append(head)
        emit(item, indent + 1, out)
    elif isinstance(item, (dict, list)):
        out.append(head + (" {}" if isinstance(item, dict) else " []"))
    else:
        out.append(f"{head} {scalar(item)}")


def main():
    lines = ["# Made by `make api` from the tables of the program. Not to be edited: a test compares."]
    emit(json.load(sys.stdin), 0, lines)
    print("\n".join(lines))


main()
