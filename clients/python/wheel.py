#!/usr/bin/env python3
"""wheel.py LIBWI FOLDER: write a wheel of this package with libwi in it to FOLDER, print its path.

A wheel is a zip file: nothing but the standard library is needed. With the same libwi and SOURCE_DATE_EPOCH it has the same
bytes. Its tag is the oldest manylinux, from 2014 on, that has the versions of libc's symbols that this libwi asks for, and the
processor that the library is for: one that a cross compiler made gives the wheel of its processor.
"""
import base64
import hashlib
import os
import pathlib
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
Keywords: initialization,weights,reproducibility,xavier,he,orthogonal
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: POSIX :: Linux
Classifier: Programming Language :: Python :: 3
Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence
Classifier: Framework :: Pytest
Classifier: Typing :: Typed
Requires-Python: >=3.9
Provides-Extra: numpy
Requires-Dist: numpy; extra == "numpy"
Provides-Extra: bf16
Requires-Dist: ml_dtypes; extra == "bf16"
Description-Content-Type: text/markdown

{(HERE / "README.md").read_text(encoding="utf-8")}"""


# e_machine of an ELF file, and whether its numbers are big-endian: the name of the processor.
PROCESSORS = {(62, 1): "x86_64", (183, 1): "aarch64", (3, 1): "i686", (40, 1): "armv7l", (243, 1): "riscv64", (21, 1): "ppc64le",
              (22, 2): "s390x", (258, 1): "loongarch64"}


def platform_tag(library):
    """The platforms of the wheel. 2.17 is also called 2014, the one name that pip knows before 20.3."""
    order = library[5]
    machine = int.from_bytes(library[18:20], "little" if order == 1 else "big")
    if library[:4] != b"\x7fELF" or (machine, order) not in PROCESSORS:
        sys.exit(f"{sys.argv[1]} is for no processor that this file knows")
    processor = PROCESSORS[machine, order]
    newest = max((tuple(map(int, v.split(b"."))) for v in re.findall(rb"GLIBC_(2(?:\.\d+)+)\0", library)), default=(2, 17))
    if newest > (2, 36):
        sys.exit(f"libwi asks for libc {newest}")
    name = f"manylinux_2_{max(newest[1], 17)}_{processor}"
    return f"{name}.manylinux2014_{processor}" if newest <= (2, 17) else name


def main():
    library = pathlib.Path(sys.argv[1]).read_bytes()
    tag = f"py3-none-{platform_tag(library)}"
    tags = "".join(f"Tag: py3-none-{name}\n" for name in platform_tag(library).split("."))
    info = f"weightd-{VERSION}.dist-info"
    files = {f"weightd/{path.name}": path.read_bytes() for path in (HERE / "weightd").iterdir() if path.suffix in (".py", ".typed")}
    files["weightd/libwi.so"] = library
    files[f"{info}/METADATA"] = METADATA.encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: weightd\nRoot-Is-Purelib: false\n{tags}".encode()
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
