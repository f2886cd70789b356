"""llama.py fetch URL DIR    every preset that is tiny and has a GGUF file: that file in all types, and what transformers makes of
                             the safetensors file, as NAME.want.json
   llama.py compare DIR      got.jsonl, which llama.mjs wrote, against it"""
import json
import os
import sys
import urllib.error
import urllib.request

# Configurations that no preset has: name, preset, settings.
VARIANTS = {"tiny-llama-rope": ("tiny-llama", "rope_parameters.rope_type=llama3&rope_parameters.factor=8"
                                "&rope_parameters.low_freq_factor=1&rope_parameters.high_freq_factor=4"
                                "&rope_parameters.original_max_position_embeddings=32")}
TEXT = "Hello, wörld 12 ☃"
# The largest difference of a probability, as part of the largest probability.
ALLOWED = {"f32": 1e-3, "f16": 3e-3, "bf16": 3e-2, "q8_0": 3e-2, "q4_0": 3e-1}
SEED = 3
STEPS = 8


def get(url, path):
    with urllib.request.urlopen(url) as answer, open(path, "wb") as file:
        file.write(answer.read())


def target(url, name, file, more=""):
    preset, settings = VARIANTS.get(name, (name, ""))
    return "%s/models/%s%s?seed=%d%s%s" % (url, preset, file, SEED, "&" * bool(settings) + settings, more)


def truth(url, name, folder):
    import torch
    import transformers
    transformers.logging.set_verbosity_error()
    here = os.path.join(folder, name)
    os.makedirs(here)
    for file in ("config.json", "model.safetensors"):
        get(target(url, name, "/" + file), os.path.join(here, file))
    bert = "bert" in name
    kind = transformers.AutoModel if bert else transformers.AutoModelForCausalLM
    model, info = kind.from_pretrained(here, output_loading_info=True, dtype=torch.float32)
    missing = [key for key in info["missing_keys"] if "pooler" not in key]
    assert not missing and not info["mismatched_keys"], (name, info)
    with torch.no_grad():
        answer = model.eval()(torch.tensor([list(TEXT.encode())]))
        if bert:
            return {"vector": answer.last_hidden_state[0].double().mean(0).tolist()}
        ids = torch.tensor([list(TEXT.encode())])
        written = []
        for _ in range(STEPS):
            logits = model(ids).logits[0, -1].double()
            written.append(int(logits.argmax()))
            ids = torch.cat([ids, torch.tensor([[written[-1]]])], 1)
    return {"next": torch.softmax(answer.logits[0, -1].double(), -1).tolist(), "written": written}


def fetch(url, folder):
    with urllib.request.urlopen(url + "/models") as answer:
        names = [model["name"] for model in json.load(answer)["models"] if model["name"].startswith("tiny-")]
    for name in [*names, *VARIANTS]:
        try:
            for dtype in ALLOWED:
                get(target(url, name, ".gguf", "&dtype=" + dtype),
                    os.path.join(folder, "%s.%s.gguf" % (name, dtype)))
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            assert "no place in a GGUF" in problem["detail"], (name, problem)
            continue
        with open(os.path.join(folder, name + ".want.json"), "w", encoding="utf-8") as file:
            json.dump(truth(url, name, folder), file)


def unit(vector):
    length = sum(x * x for x in vector) ** 0.5
    return [x / length for x in vector]


def distance(line, wanted):
    if "vector" in line:
        got, want = unit(line["vector"]), unit(wanted["vector"])
    else:
        want = wanted["next"]
        got = [line["next"].get(str(i), 0.0) for i in range(len(want))]
    return max(abs(a - b) for a, b in zip(got, want)) / max(map(abs, want))


def compare(folder):
    bad = count = 0
    with open(os.path.join(folder, "got.jsonl"), encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            name, dtype, _ = line["file"].rsplit(".", 2)
            with open(os.path.join(folder, name + ".want.json"), encoding="utf-8") as wanted:
                want = json.load(wanted)
            far = distance(line, want)
            good = line["back"] == TEXT and line["tokens"] == list(TEXT.encode()) and far < ALLOWED[dtype]
            good = good and (dtype != "f32" or line.get("written") == want.get("written"))
            print("%-16s %-5s %.1e %s" % (name, dtype, far, "ok" if good else "WRONG"))
            bad += not good
            count += 1
    files = sum(name.endswith(".gguf") for name in os.listdir(folder))
    print("%d files of llama.cpp's, %d wrong, %d not read" % (count, bad, files - count))
    sys.exit(1 if bad or files != count or not count else 0)


if __name__ == "__main__":
    {"fetch": fetch, "compare": compare}[sys.argv[1]](*sys.argv[2:])
