"""The client of openapi-python-client: raw, npy and JSON of one tensor into files."""
import sys

from weightd_client import Client
from weightd_client.api.tensors import init
from weightd_client.models import InitFormat, InitScheme

url, folder = sys.argv[1:]
client = Client(base_url=url, raise_on_unexpected_status=True)
for name in ("raw", "npy", "json"):
    file = init.sync(client=client, scheme=InitScheme.HE_NORMAL, shape="3,4", seed=7, format_=InitFormat(name))
    with open(f"{folder}/{name}", "wb") as out:
        out.write(file.payload.read())
