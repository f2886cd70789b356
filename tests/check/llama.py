"""llama.py fetch URL DIR    every preset that is tiny and has a GGUF file: that file in all types, and what transformers makes of
                             the safetensors file, as NAME.want.json
   llama.py compare DIR      got.jsonl, which llama.mjs wrote, against it"""
import json
import os
import sys
import urllib.error
import urllib.request

TEXT = "Hello, wörld 12 ☃"
# The largest difference of a probability, as part of the largest probability.
ALLOWED = {"f32": 1e-3, "f16": 3e-3, "bf16": 3e-2, "q8_0": 3e-2, "q4_0": 3e-1}
SEED = 3


def get(url, path):
    with urllib.request.urlopen(url) as answer, open(path, "wb") as file:
        file.write(answer.read())


def want(url, name, folder):
    import torch
    import transformers
    transformers.logging.set_verbosity_error()
    here = os.path.join(folder, name)
    os.makedirs(here)
    for file in ("config.json", "model.safetensors"):
        get("%s/models/%s/%s?seed=%d" % (url, name, file, SEED), os.path.join(here, file))
    bert = "bert" in name
    kind = transformers.AutoModel if bert else transformers.AutoModelForCausalLM
    model, info = kind.from_pretrained(here, output_loading_info=True, dtype=torch.float32)
    missing = [key for key in info["missing_keys"] if "pooler" not in key]
    assert not missing and not info["mismatched_keys"], (name, info)
    with torch.no_grad():
        answer = model.eval()(torch.tensor([list(TEXT.encode())]))
    if bert:
        vector = answer.last_hidden_state[0].double().mean(0)
        return (vector / vector.norm()).tolist()
    return torch.softmax(answer.logits[0, -1].double(), -1).tolist()


def fetch(url, folder):
    with urllib.request.urlopen(url + "/models") as answer:
        names = [model["name"] for model in json.load(answer)["models"] if model["name"].startswith("tiny-")]
    for name in names:
        try:
            for dtype in ALLOWED:
                get("%s/models/%s.gguf?seed=%d&dtype=%s" % (url, name, SEED, dtype),
                    os.path.join(folder, "%s.%s.gguf" % (name, dtype)))
        except urllib.error.HTTPError as error:
            problem = json.load(error)
            assert "no place in a GGUF" in problem["detail"], (name, problem)
            continue
        with open(os.path.join(folder, name + ".want.json"), "w", encoding="utf-8") as file:
            json.dump(want(url, name, folder), file)


def distance(line, wanted):
    if "vector" in line:
        return max(abs(a - b) for a, b in zip(line["vector"], wanted)) / max(map(abs, wanted))
    return max(abs(line["next"].get(str(i), 0.0) - p) for i, p in enumerate(wanted)) / max(wanted)


def compare(folder):
    bad = count = 0
    with open(os.path.join(folder, "got.jsonl"), encoding="utf-8") as file:
        for text in file:
            line = json.loads(text)
            name, dtype, _ = line["file"].rsplit(".", 2)
            with open(os.path.join(folder, name + ".want.json"), encoding="utf-8") as wanted:
                far = distance(line, json.load(wanted))
            good = line["back"] == TEXT and line["tokens"] == list(TEXT.encode()) and far < ALLOWED[dtype]
            good = good and line.get("written", "maxTokens") in ("maxTokens", "eogToken")
            print("%-16s %-5s %.1e %s" % (name, dtype, far, "ok" if good else "WRONG"))
            bad += not good
            count += 1
    files = sum(name.endswith(".gguf") for name in os.listdir(folder))
    print("%d files of llama.cpp's, %d wrong, %d not read" % (count, bad, files - count))
    sys.exit(1 if bad or files != count or not count else 0)


if __name__ == "__main__":
    {"fetch": fetch, "compare": compare}[sys.argv[1]](*sys.argv[2:])
