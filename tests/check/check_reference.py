"""check_reference.py - does the implementation written from docs/ALGORITHM.md give the known answers?

    python3 tests/check/check_reference.py [MAX_WORK]

Compares the rows of tests/vectors/requests.txt whose work (elements, for matrices times the shorter side) is not above
MAX_WORK (default 20000: some 10 s), of ortho.txt likewise, and all of words.txt and draw.txt. Exit code 1 if anything differs.
"""
import collections
import hashlib
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import wi_reference as wi  # noqa: E402

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors")


def lines(name):
    with open(os.path.join(VECTORS, name)) as file:
        return [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]


def work_of(request):
    r = wi.Request(request)
    work = math.prod(r.part)
    if r.scheme in ("orthogonal", "delta_orthogonal"):
        n_in, n_out, others = r.channels()
        sides = sorted([n_in, n_out] if r.scheme.startswith("delta") else [r.shape[-1], math.prod(r.shape[:-1])])
        return work + sides[0] * sides[0] * sides[1] / 4
    return work + (math.prod(r.shape) if r.scheme == "sparse" else 0)


def check_requests(max_work):
    counts, wrong, left_out = collections.Counter(), [], 0
    for line in lines("requests.txt"):
        digest, n_bytes, request = line.split(" ", 2)
        if "like=" in request and "like=native" not in request:
            continue  # defined by another framework
        if work_of(request) > max_work:
            left_out += 1
            continue
        body = wi.body(request)
        r = wi.Request(request)
        counts.update(["rows", r.scheme, r.dtype, r["format"]])
        if len(body) != int(n_bytes) or hashlib.sha256(body).hexdigest() != digest:
            wrong.append(request)
    return counts, wrong, left_out


def check_words():
    wrong = []
    for line in lines("words.txt"):
        seed, stream, domain, first, *words = line.split()
        key = wi.Key(int(seed, 16), int(stream, 16), int(domain))
        if [key.word(int(first) + i) for i in range(len(words))] != [int(w, 16) for w in words]:
            wrong.append(line)
    return wrong


def check_draws():
    wrong = []
    for line in lines("draw.txt"):
        kind, a, b, dtype, seed, stream, domain, first, *elements = line.split()
        draw = wi.Draw({"truncated": "truncated_normal"}.get(kind, kind), float.fromhex(a), float.fromhex(b))
        key = wi.Key(int(seed, 16), int(stream, 16), int(domain))
        real, bits = (wi.f64, 64) if dtype == "f64" else (wi.f32, 32)
        for i, expected in enumerate(elements):
            if wi.encode_bits(wi.draw_element(draw, key, int(first) + i, real, bits), dtype) != int(expected, 16):
                wrong.append(line)
                break
    return wrong


def check_matrices(max_work):
    wrong, n = [], 0
    for line in lines("ortho.txt"):
        dtype, rows, cols, gain, seed, stream, digest, *_ = line.split()
        m, n_cols = max(int(rows), int(cols)), min(int(rows), int(cols))
        if m * n_cols * n_cols / 4 > max_work:
            continue
        matrix = wi.orthogonal(wi.Key(int(seed, 16), int(stream, 16), 0), int(rows), int(cols), float.fromhex(gain), dtype == "f64")
        data = b"".join(wi.encode_bits(x, dtype).to_bytes(wi.WIDTH[dtype], "little") for row in matrix for x in row)
        n += 1
        if hashlib.sha256(data).hexdigest() != digest:
            wrong.append(line)
    return wrong, n


def main():
    max_work = float(sys.argv[1]) if len(sys.argv) > 1 else 20000
    counts, wrong, left_out = check_requests(max_work)
    matrices_wrong, matrices = check_matrices(max_work)
    wrong += check_words() + check_draws() + matrices_wrong
    for what in wrong:
        print("different:", what)
    rows = counts.pop("rows", 0)
    print("%d rows of requests.txt (%d large ones left out), %d of words.txt, %d of draw.txt, %d of ortho.txt: "
          "%d different" % (rows, left_out, len(lines("words.txt")), len(lines("draw.txt")), matrices, len(wrong)))
    print(", ".join("%s %d" % item for item in sorted(counts.items())))
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
