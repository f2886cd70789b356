#!/usr/bin/env python3
"""wheel.py LIBWI FOLDER: write a wheel of this package with libwi in it to FOLDER, print its path.

A wheel is a zip file: nothing but the standard library is needed. With the same libwi and SOURCE_DATE_EPOCH it has the same
bytes. Its tag is the oldest manylinux that has the versions of libc's symbols that this libwi asks for.
"""
import base64
import hashlib
import os
import pathlib
import platform
import re
import sys
import time
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
VERSION = (HERE.parents[1] / "VERSION").read_text(encoding="ascii").strip()
METADATA = f"""Metadata-Version: 2.1
Name: weightd
Version: {VERSION}
Summary: Initialized tensors, the same bytes on every machine
License: MIT
Requires-Python: >=3.9
Provides-Extra: numpy
Requires-Dist: numpy; extra == "numpy"
Provides-Extra: bf16
Requires-Dist: ml_dtypes; extra == "bf16"
Description-Content-Type: text/markdown

{(HERE / "README.md").read_text(encoding="utf-8")}"""


def platform_tag(library):
    newest = max(tuple(map(int, v.split(b"."))) for v in re.findall(rb"GLIBC_(2(?:\.\d+)+)\0", library))
    if newest > (2, 36):
        sys.exit(f"libwi asks for libc {newest}")
    return f"manylinux_2_{max(newest[1], 17)}_{platform.machine()}"


def main():
    library = pathlib.Path(sys.argv[1]).read_bytes()
    tag = f"py3-none-{platform_tag(library)}"
    info = f"weightd-{VERSION}.dist-info"
    files = {f"weightd/{path.name}": path.read_bytes() for path in (HERE / "weightd").iterdir() if path.suffix in (".py", ".typed")}
    files["weightd/libwi.so"] = library
    files[f"{info}/METADATA"] = METADATA.encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: weightd\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    files[f"{info}/entry_points.txt"] = b"[pytest11]\nweightd = weightd.pytest_plugin\n"
    files[f"{info}/licenses/LICENSE"] = (HERE.parents[1] / "LICENSE").read_bytes()
    digest = lambda body: base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode().rstrip("=")
    record = [f"{name},sha256={digest(body)},{len(body)}\n" for name, body in sorted(files.items())]
    files[f"{info}/RECORD"] = "".join([*record, f"{info}/RECORD,,\n"]).encode()

    folder = pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"weightd-{VERSION}-{tag}.whl"
    moment = time.gmtime(max(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), 315532800))[:6]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as wheel:
        for name in [*sorted(name for name in files if not name.startswith(info)), *sorted(name for name in files if name.startswith(info))]:
            entry = zipfile.ZipInfo(name, moment)
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            wheel.writestr(entry, files[name], zipfile.ZIP_DEFLATED, 9)
    print(path)


main()
