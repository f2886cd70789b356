"""python3 fetch.py [URL-OF-SERVER]: a tensor as nested floats, with the standard library."""
import array
import sys
import urllib.request

server = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"

with urllib.request.urlopen(f"{server}/init?scheme=xavier_uniform&shape=256,128&seed=7") as answer:
    shape = [int(n) for n in answer.headers["X-Tensor-Shape"].split(",")]
    data = array.array("f", answer.read())
if sys.byteorder == "big":
    data.byteswap()

print("shape", *shape)
for value in data[:4]:
    print(f"{value:.6f}")
print(f"last {data[-1]:.6f} sum {sum(data):.6f}")
