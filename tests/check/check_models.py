"""check_models.py - do transformers and safetensors take the files of every tiny preset?

    make check-models PYTHON=VENV/bin/python       VENV with torch, transformers, safetensors, perhaps diffusers (pip install)
    VENV/bin/python tests/check/check_models.py [NAME ...]

For each preset that transformers or diffusers has a class for: config.json and model.safetensors of its folder are loaded with
from_pretrained; no tensor may be missing, unexpected or of another shape, and a forward pass must give finite numbers. Every
preset, and a manifest made of its header, is read by safetensors. The shards of one are loaded by their index. Names, shapes and
bytes of the file that the library writes from what it loaded must be those of the file that it was given."""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import warnings

WEIGHTD = os.environ.get("WEIGHTD", "build/weightd")
try:
    import safetensors.torch
    import torch
    import transformers
except ImportError as error:
    print(f"skipped: models against transformers ({error}; make a venv, pip install torch transformers safetensors, and set PYTHON)")
    sys.exit(0)

try:
    import diffusers
except ImportError:
    diffusers = None

ADAPTERS_AND_OTHERS = re.compile("-lora$")  # need peft
problems = []
skipped = []


@contextlib.contextmanager
def served():
    process = subprocess.Popen([WEIGHTD, "--port", "0", "--log", "off"], stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().split()[-1].rstrip("/")
    finally:
        process.terminate()
        process.wait()


def fetch(url, data=None):
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=120) as answer:
        return answer.read()


def save(server, folder, name, query, files):
    for file in files:
        (folder / file).write_bytes(fetch(f"{server}/models/{name}/{file}?{query}"))


def inputs_of(config):
    """What a forward pass needs, by the kind of model."""
    ids = torch.arange(8).reshape(1, 8) % 7 + 3
    pixels = torch.linspace(-1, 1, 3 * 32 * 32).reshape(1, 3, 32, 32)
    return {
        "vit": {"pixel_values": pixels}, "resnet": {"pixel_values": pixels},
        "clip": {"pixel_values": pixels, "input_ids": ids, "attention_mask": torch.ones_like(ids)},
        "t5": {"input_ids": ids, "decoder_input_ids": ids},
        "whisper": {"input_features": torch.linspace(-1, 1, 80 * 3000).reshape(1, 80, 3000), "decoder_input_ids": ids},
    }.get(config.model_type, {"input_ids": ids})


def tensors_of(answer):
    """Every floating tensor of a model's output."""
    values = answer.values() if hasattr(answer, "values") else answer
    for value in values:
        if isinstance(value, torch.Tensor):
            if value.is_floating_point():
                yield value
        elif isinstance(value, (tuple, list)):
            yield from tensors_of(value)


def load_diffuser(folder, config):
    kind = getattr(diffusers, config["_class_name"])
    weights = folder / "model.safetensors"
    weights.rename(folder / "diffusion_pytorch_model.safetensors")
    model, info = kind.from_pretrained(folder, output_loading_info=True)
    weights.write_bytes((folder / "diffusion_pytorch_model.safetensors").read_bytes())
    return model.eval(), info


def check_diffuser(name, folder, config, query):
    model, info = load_diffuser(folder, config)
    check_info(name, info)
    pixels = torch.linspace(-1, 1, model.config.in_channels * 16 * 16).reshape(1, -1, 16, 16)
    is_unet = "cross_attention_dim" in config
    text = {"timestep": 3, "encoder_hidden_states": torch.ones(1, 4, config["cross_attention_dim"])} if is_unet else {}
    with torch.no_grad():
        outputs = list(tensors_of(model(pixels, **text)))
    if not outputs or not all(torch.isfinite(output).all() for output in outputs):
        problems.append(f"{name}: the forward pass gives numbers that are not finite")
    if "bf16" in query:
        return
    model.save_pretrained(folder / "again")
    one, other = (safetensors.torch.load_file(place) for place in
                  (folder / "model.safetensors", folder / "again" / "diffusion_pytorch_model.safetensors"))
    if {k: v.tolist() for k, v in one.items()} != {k: v.tolist() for k, v in other.items()}:
        problems.append(f"{name}: the file that save_pretrained writes has other tensors")


def load(folder):
    config = transformers.AutoConfig.from_pretrained(folder)
    kind = getattr(transformers, config.architectures[0])
    with warnings.catch_warnings():
        warnings.simplefilter("error", category=UserWarning)
        model, info = kind.from_pretrained(folder, output_loading_info=True)
    return config, model.eval(), info


def check_info(name, info):
    for what, found in info.items():
        if found:
            problems.append(f"{name}: {what}: {sorted(map(str, found))[:5]}")


def check_forward(name, config, model):
    with torch.no_grad():
        inputs = {k: v.to(model.dtype) if v.is_floating_point() else v for k, v in inputs_of(config).items()}
        outputs = list(tensors_of(model(**inputs)))
    if not outputs or not all(torch.isfinite(output).all() for output in outputs):
        problems.append(f"{name}: the forward pass gives numbers that are not finite")


def check_saved(name, folder, model):
    """What the library writes is what it was given, byte for byte."""
    again = folder / "again"
    model.save_pretrained(again)
    if (again / "model.safetensors").read_bytes() != (folder / "model.safetensors").read_bytes():
        problems.append(f"{name}: the file that save_pretrained writes is another one")


def check_preset(server, name, query):
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        save(server, folder, name, query, ["config.json", "model.safetensors"])
        about = json.loads((folder / "config.json").read_text())
        if "_class_name" in about and diffusers:
            check_diffuser(name, folder, about, query)
            return
        if "_class_name" in about:
            skipped.append(f"{name} needs diffusers")
            return
        config, model, info = load(folder)
        check_info(name, info)
        check_forward(name, config, model)
        if "bf16" not in query:
            check_saved(name, folder, model)


def check_shards(server):
    query = "seed=3&shard=100000"
    index = json.loads(fetch(f"{server}/models/tiny-llama/model.safetensors.index.json?{query}"))
    shards = sorted(set(index["weight_map"].values()))
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        save(server, folder, "tiny-llama", query, ["config.json", "model.safetensors.index.json", *shards])
        config, model, info = load(folder)
        check_info("shards of tiny-llama", info)
        check_forward("shards of tiny-llama", config, model)
    if len(shards) < 2:
        problems.append("tiny-llama has one shard only")


def check_file(server, name):
    """safetensors reads the file, and the file that its header alone makes."""
    body = fetch(f"{server}/models/{name}.safetensors?seed=5")
    header = 8 + int.from_bytes(body[:8], "little")
    again = fetch(f"{server}/model?format=safetensors&seed=5", body[:header])
    one, other = safetensors.torch.load(body), safetensors.torch.load(again)
    if {k: (v.shape, v.dtype) for k, v in one.items()} != {k: (v.shape, v.dtype) for k, v in other.items()}:
        problems.append(f"{name}: the manifest of its header makes other tensors")


def main():
    transformers.logging.set_verbosity_error()
    with served() as server:
        names = [row["name"] for row in json.loads(fetch(f"{server}/models"))["models"] if row["name"].startswith("tiny-")]
        names = [name for name in names if len(sys.argv) == 1 or name in sys.argv]
        for name in names:
            check_file(server, name)
            if not ADAPTERS_AND_OTHERS.search(name):
                check_preset(server, name, "seed=7")
                check_preset(server, name, "seed=8&dtype=bf16")
        check_shards(server)
    print("".join(f"skipped: {what}\n" for what in sorted(set(skipped))), end="")
    print("\n".join(problems) or f"{len(names)} presets: transformers {transformers.__version__}, torch {torch.__version__}, "
          f"safetensors {safetensors.__version__}: every tensor taken, every forward pass finite")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
