"""The client of openapi-generator for Python: raw, npy and JSON of one tensor into files."""
import sys

import weightd

url, folder = sys.argv[1:]
with weightd.ApiClient(weightd.Configuration(host=url)) as client:
    tensors = weightd.TensorsApi(client)
    for name in ("raw", "npy", "json"):
        with open(f"{folder}/{name}", "wb") as out:
            out.write(tensors.init(scheme="he_normal", shape="3,4", seed=7, format=name))
