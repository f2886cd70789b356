#!/usr/bin/env python3
"""What server/model keeps of golden files made by the real libraries.

    tools/model_golden.py presets GOLDEN     server/model/presets.json: configurations of tiny and real models
    tools/model_golden.py vectors GOLDEN     tests/vectors/models.txt: what test_model compares with
    tools/model_golden.py shards GOLDEN      tests/vectors/shards.txt: save_pretrained(max_shard_size=)
    tools/model_golden.py layers GOLDEN      tests/vectors/layers.txt: modules of torch.nn, and stacks of them
    tools/model_golden.py replay GOLDEN      tests/vectors/replay.txt: digests of their numbers for seeds
    tools/model_golden.py gguf GOLDEN        tests/vectors/gguf.txt: GGUF files, and blocks of quantized numbers

GOLDEN is a folder of {architecture}.{size}.json: "config", "tensors" (the state_dict: name, shape, dtype, kind, and how
torch and transformers filled it), "file" (the saved file: name, dtype, shape, offsets, where its elements come from),
"header_bytes", "parameters", "buffers_not_saved"; runs of layers are {"repeat": n, "first": i, "body": [...]}.

A vector is one line a configuration:
    name architecture[+name of its base] parameters header_bytes sha256(state) sha256(unsaved) sha256(file)
        sha256(header) sha256(plan) words config
The digests are those of listings, a line a tensor, as listing() below writes them; test_model writes the same from the
program's tables. The header is rebuilt from "file" and must have the length that the library's had.
"""
import ast
import glob
import hashlib
import json
import os
import struct
import sys

DTYPE = {"float32": "F32", "int64": "I64"}
TORCHVISION = {"resnet18": ("tv_resnet", {}),
               "resnet50": ("tv_resnet", {"layers": [3, 4, 6, 3], "bottleneck": True}),
               "vgg11": ("tv_vgg", {}), "mobilenet_v2": ("tv_mobilenet_v2", {}), "vit_b_16": ("tv_vit", {}),
               "alexnet": ("tv_alexnet", {}), "squeezenet1_0": ("tv_squeezenet", {}), "densenet121": ("tv_densenet", {}),
               "mnasnet1_0": ("tv_mnasnet", {}), "googlenet": ("tv_googlenet", {}),
               "inception_v3": ("tv_inception_v3", {}), "shufflenet_v2_x1_0": ("tv_shufflenet_v2", {}),
               "efficientnet_b0": ("tv_efficientnet", {}), "mobilenet_v3_small": ("tv_mobilenet_v3", {}),
               "regnet_y_400mf": ("tv_regnet", {}), "convnext_tiny": ("tv_convnext", {}), "swin_t": ("tv_swin", {})}
DIFFUSERS = {"unet": ("diffusers_unet", {"block_out_channels": [32, 64], "layers_per_block": 1,
                                         "cross_attention_dim": 32,
                                         "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
                                         "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]}),
             "vae": ("diffusers_vae", {"block_out_channels": [32, 64], "layers_per_block": 1})}
BY_SIZE = {"torchvision": TORCHVISION, "diffusers": DIFFUSERS}
OMIT = ("gguf", "nn", "shards", "tokenizer", "versions")


def flat(items):
    for item in items:
        if "repeat" not in item:
            yield item
            continue
        body = json.dumps(item["body"])
        for i in range(item["repeat"]):
            yield from flat(json.loads(body.replace("{i}", str(item["first"] + i))))


def rule(tensor):
    if "tie" in tensor:
        return "= " + tensor["tie"]
    init = tensor["init"]
    if init["scheme"] == "computed":
        if "linalg_vector_norm" in init["ops"]:
            return "row_norms"
        if tensor["name"].endswith("relative_position_index"):
            return "window_offsets"
        return "sinusoid_pairs" if "distilbert" in tensor["name"] else "sinusoid_halves"
    if "times" in init and init["scheme"] == "normal":
        return "scaled_normal %r" % init["times"]
    text = init["scheme"]
    for key in ("mean", "std", "low", "high", "a", "b", "value"):
        if key in init:
            text += " " + repr(float(init[key]))
    rows = init.get("zero_rows", tensor.get("zero_rows"))
    return text + (" zero_row=%d" % rows[0] if rows else "")


def shape(tensor):
    return "[" + ",".join(map(str, tensor["shape"])) + "]"


def listing(golden):
    state = ["%s %s %s %s %s" % (t["name"], t["kind"], DTYPE[t["dtype"]], shape(t), rule(t))
             for t in flat(golden["tensors"])]
    unsaved = sorted("%s %s %s" % (t["name"], DTYPE[t["dtype"]], shape(t)) for t in golden.get("buffers_not_saved", []))
    saved = []
    for t in flat(golden["file"]) if isinstance(golden.get("file"), list) else []:
        if "offsets" not in t:
            return state, unsaved, []
        source = t.get("from", [t["name"], 0])
        if "magnitude_vector" in t["name"]:  # peft's own name in memory
            source = [t["name"] + ".weight", 0]
        saved.append("%s %s %s %d %s %d" % (t["name"], t["dtype"], shape(t), t["offsets"][0], source[0], source[1]))
    return state, unsaved, saved


def header(golden):
    parts = ['"__metadata__":{"format":"pt"}'] if golden.get("metadata") else []
    for t in flat(golden["file"]):
        parts.append('"%s":{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}'
                     % (t["name"], t["dtype"], shape(t), *t["offsets"]))
    text = ("{" + ",".join(parts) + "}").encode()
    text += b" " * (-len(text) % 8)
    data = len(text).to_bytes(8, "little") + text
    assert golden.get("header_bytes", len(data)) == len(data), (golden["header_bytes"], len(data))
    return data


def plan(golden):
    """Draws in their order, then fills sorted: fills move no generator. Words before a draw are left out where the golden
    file has none. The trace of a real-size CLIP calls its logit_scale computed."""
    draws, fills = [], []
    for step in flat(golden["plan"]):
        op = step["op"]
        targets = step["to"] if isinstance(step.get("to"), list) else [step.get("to")]
        if op == "fill" and len(targets) > 1:  # one for each copy; a draw is listed for the first
            fills += plan({"plan": [dict(step, to=to) for to in targets]})
            continue
        if op == "fill" and "times" in step:
            step["value"] *= step["times"]
        place = " to=" + targets[0] if targets[0] else ""
        if op == "computed" and step["to"] == "logit_scale":
            op, step["value"] = "fill", 2.6591999530792236
        text = op + "".join(" " + repr(float(step[key])) for key in ("mean", "std", "low", "high", "a", "b", "value")
                            if key in step)
        if op == "normal" and "times" in step:
            text = "scaled_normal %r" % step["times"]
        at = " at=%d" % step["at"] if "at" in step else ""
        text += " n=%d%s%s" % (step["n"], at, place)
        text += " offset=%d" % step["offset"] if step.get("offset") else ""
        (fills if op == "fill" else draws).append(text)
    return draws + sorted(fills)


def plan_fields(golden):
    has_words = any("at" in step for step in flat(golden["plan"]))
    return digest(plan(golden)), "%s%s:%s" % ("@" if has_words else "", golden.get("words", "-"), golden.get("spare", 0))


def digest(lines):
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest() if lines else "-"


def configurations(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.json"))):
        name = os.path.basename(path)[:-5]
        arch, _, size = name.partition(".")
        if arch in OMIT:
            continue
        with open(path) as file:
            golden = json.load(file)
        config = golden.get("config")
        if arch in BY_SIZE:
            arch, config = BY_SIZE[arch][size]
        if arch == "lora":
            config = golden["adapter_config"]
        yield name, arch, size, config, golden


def vectors(folder):
    for name, arch, size, config, golden in configurations(folder):
        state, unsaved, saved = listing(golden)
        base = "+" + golden["base"] if "base" in golden else ""
        print(name, arch + base, golden["parameters"], golden.get("header_bytes", "-"), digest(state), digest(unsaved),
              digest(saved), hashlib.sha256(header(golden)).hexdigest() if saved else "-",
              *plan_fields(golden), json.dumps(fields_only(arch, config), sort_keys=True, separators=(",", ":")))


def dotted(config, name):
    for part in name.split("."):
        if not isinstance(config, dict) or part not in config:
            return False, None
        config = config[part]
    return True, config


def put(config, name, value):
    *path, last = name.split(".")
    for part in path:
        config = config.setdefault(part, {})
    config[last] = value


def fields_only(arch, config):
    """The members that the architecture has fields for, and those it looks at besides."""
    with open("server/model/arch/%s.json" % arch) as file:
        fields = json.load(file)["config"]
    kept = {}
    for name in list(fields) + ["architectures", "id2label"]:
        found, value = dotted(config, name)
        if found and name == "id2label":
            value = {key: 0 for key in value}
        if found:
            put(kept, name, value)
    return kept


def without_fields(arch, config):
    rest = json.loads(json.dumps(config))
    with open("server/model/arch/%s.json" % arch) as file:
        fields = json.load(file)["config"]
    for name in list(fields) + ["architectures", "transformers_version", "dtype"]:
        *path, last = name.split(".")
        owner = rest
        for part in path:
            owner = owner.get(part, {}) if isinstance(owner, dict) else {}
        if isinstance(owner, dict):
            owner.pop(last, None)
    return rest


SMALL = ("odd", "wide", "tied", "untied", "bias", "model", "classifier", "pretraining", "noqlora", "sparse", "nobias",
         "gated", "bottleneck", "sinusoidal")
NOT_IN_HUB_FILES = ("transformers_version", "dtype", "label2id", "output_hidden_states", "return_dict",
                    "chunk_size_feed_forward", "problem_type", "output_attentions", "peft_version")


def preset_name(arch, size):
    if arch == "lora":
        return {"tiny": "tiny-llama-lora", "gpt2": "tiny-gpt2-lora"}.get(size)
    if size in SMALL:
        return None
    if arch.startswith("diffusers"):
        return "tiny-" + size
    return "tiny-" + arch.replace("_", "-") if size == "tiny" else size


def presets(folder):
    """Presets, and per architecture the members of config.json that all its presets share and that touch no tensor."""
    chosen = []
    for name, arch, size, config, golden in configurations(folder):
        if preset_name(arch, size):
            config = {key: value for key, value in config.items() if key not in NOT_IN_HUB_FILES}
            labels = len(config.pop("id2label", {}))
            if labels and arch in ("vit", "resnet"):
                config["num_labels"] = labels
            chosen.append((preset_name(arch, size), arch, config, golden))
    common = {}
    for arch in sorted({arch for _, arch, _, _ in chosen}):
        configs = [config for _, a, config, _ in chosen if a == arch]
        rest = without_fields(arch, configs[0])
        common[arch] = {key: value for key, value in rest.items()
                        if not isinstance(value, dict) and all(c.get(key, "missing") == value for c in configs)}
    lines = []
    for name, arch, config, golden in chosen:
        own = {key: value for key, value in config.items() if key not in common[arch]}
        entry = {"arch": arch, "config": own}
        if "base" in golden:
            entry["base"] = "tiny-" + golden["base"].split(".")[0]
        lines.append((arch == "lora", '"%s": %s' % (name, json.dumps(entry, sort_keys=True))))
    dump = lambda values: ",\n".join('"%s": %s' % (k, json.dumps(v, sort_keys=True)) for k, v in values.items())
    print('{"common": {\n%s\n},\n"presets": {\n%s\n}}'
          % (dump(common), ",\n".join(line for _, line in sorted(lines, key=lambda x: x[0]))))


def shards(folder):
    """A line a case: configuration, bytes, number of files, sha256 of "file bytes name name..." lines and of the index."""
    with open(os.path.join(folder, "shards.json")) as file:
        cases = json.load(file)["cases"]
    for case in cases:
        lines = ["%s %d %s" % (name, shard["bytes"], " ".join(shard["names"])) for name, shard in case["files"].items()]
        size = int(case["max_shard_size"].replace("KB", "000"))
        print(case["model"], size, len(case["files"]), digest(lines), case["index_sha256"])


def argument(value):
    if isinstance(value, ast.Tuple):
        return "x".join(ast.unparse(e) for e in value.elts)
    return ast.unparse(value) if isinstance(value, ast.Constant) else None


def layer(call):
    """nn.Linear(5, 3, bias=False) as linear:5,3,bias=false; None for what a stack cannot hold."""
    text = [argument(a) for a in call.args] + ["%s=%s" % (k.arg, argument(k.value)) for k in call.keywords]
    if None in text:
        return None
    return (call.func.attr + (":" + ",".join(text) if text else "")).replace("False", "false").replace("True", "true")


def prefixes(names, digests):
    """The first 8 digits of the SHA-256 of every tensor that has one, in the order of the file, the others '-'; with its
    name where the golden file does not list the tensors."""
    if not names:
        return ",".join("%s=%s" % (name, value[:8]) for name, value in digests.items() if not near(name)) or "-"
    listed = [digests[name][:8] if name in digests and not near(name) else "-" for name in names]
    while listed and listed[-1] == "-":
        listed.pop()
    return ",".join(listed) or "-"


def not_drawn(golden):
    """Numbers that are not made: sums in an order of torch's own, and what an adapter keeps of its base."""
    names = [t["name"] for t in flat(golden["file"])] if isinstance(golden.get("file"), list) else []
    return any("base_layer" in name or "magnitude_vector" in name for name in names) or golden["arch"] == "whisper"


def near(name):
    """Whisper's sinusoids come of vector functions whose last bits are not public."""
    return name == "model.encoder.embed_positions.weight"


def replay(folder):
    """A line a seed: configuration or layers= text, seed, dtype, dtype that was drawn, sha256(data section) or '-', prefixes."""
    for name, _, _, _, golden in configurations(folder):
        names = [t["name"] for t in flat(golden.get("file", []))]
        for seed, result in golden.get("seeds", {}).items():
            data = "-" if not_drawn(golden) else result["data"]
            print(name, seed, "F32", "F32", data, prefixes(names, result.get("tensors", {})))
        bf16 = golden.get("bf16") or {}
        for how, drawn in (("native", "BF16"), ("cast", "F32")):
            if how in bf16 and not not_drawn(golden):
                print(name, 0, "BF16", drawn, bf16[how], "-")
    for text, case in stacks(folder):
        for seed, result in case["seeds"].items():
            print(text, seed, "F32", "F32", result["data"], prefixes(case["file"], result["tensors"]))


APPLIED = {"xavier": "linear.weight:xavier_uniform",
           "kaiming": "linear.weight:kaiming_normal,nonlinearity=relu;linear.bias:zeros"}
SENT = {"tied": '{"layers":["Embedding:12,6",{"module":"Linear","in_features":6,"out_features":12,"bias":false,'
                '"tie":{"weight":"0.weight"}}]}',
        "parameter": '{"layers":[{"name":"b","parameter":[3,5],"from":"randn","times":0.02},'
                     '{"name":"a","parameter":[17],"from":"rand"},{"name":"c","parameter":[2],"from":"zeros"}]}'}
COPIES = {"TransformerEncoder": "num_layers", "TransformerDecoder": "num_layers"}


def unwrap(call):
    """The stack inside (lambda m: (m.apply(...), m)[1])(nn.Sequential(...)), and the layer inside an encoder of it."""
    if isinstance(call.func, ast.Lambda) and len(call.args) == 1:
        call = call.args[0]
    if isinstance(call.func, ast.Attribute) and call.func.attr in COPIES:
        inner, count = call.args[0], [k for k in call.keywords if k.arg == "num_layers"]
        keywords = [k for k in inner.keywords if k.arg != "batch_first"]
        call = ast.Call(call.func, inner.args, count + keywords)
    return call


def stacks(folder):
    """layers= texts with init= behind an @, and their cases. A single module becomes a stack of one."""
    with open(os.path.join(folder, "nn.json")) as file:
        cases = json.load(file)["cases"]
    for name, case in cases.items():
        if name in SENT:
            order = [step["to"] for step in case["plan"]]  # a ParameterDict sorts its names, a list of layers does not
            if set(order) == {tensor["name"] for tensor in case["tensors"]}:
                case["tensors"].sort(key=lambda tensor: order.index(tensor["name"]))
            yield SENT[name], case
            continue
        call = unwrap(ast.parse(case["code"]).body[0].value)
        if not isinstance(call.func, ast.Attribute) or ast.unparse(call.func).count(".") != 1:
            continue
        stack = call.func.attr in ("Sequential", "ModuleList")
        if call.func.attr == "ModuleList":
            call.args = call.args[0].elts
        modules = [layer(c) for c in call.args] if stack else [layer(call)]
        if None in modules or call.func.attr == "ParameterDict":
            continue
        if not stack:
            for tensor in case["tensors"]:
                tensor["name"] = "0." + tensor["name"]
            for step in case["plan"]:
                if isinstance(step.get("to"), list):
                    step["to"] = ["0." + to for to in step["to"]]
                elif step.get("to"):
                    step["to"] = "0." + step["to"]
        yield ";".join(modules) + ("@" + APPLIED[name] if name in APPLIED else ""), case


def layers(folder):
    """A line a module or stack: layers= text, parameters, sha256(state), sha256(plan), words."""
    for text, case in stacks(folder):
        state, _, _ = listing(dict(case, file=None))
        print(text, case["parameters"], digest(state), *plan_fields(case))


def gguf_value(kind, value):
    if kind == "FLOAT32":
        return struct.pack("<f", value).hex()
    return value if kind == "STRING" else struct.pack("<B" if kind == "BOOL" else "<I", value).hex()


def gguf(folder):
    """A line a file: architecture, dtype, sha256 of "key value" lines (but the name and the vocabulary), sha256 of "name
    [dims] type offset" lines, configuration. A line a block: "block", float32, Q8_0 and Q4_0 in hexadecimal."""
    for path in sorted(glob.glob(os.path.join(folder, "gguf.*.*.json"))):
        with open(path) as file:
            golden = json.load(file)
        with open(os.path.join(folder, golden["weights"].split()[0])) as file:
            config = json.load(file)["config"]
        keys = ["%s %s" % (k["key"], gguf_value(k["type"][0], k["value"])) for k in golden["kv"]
                if not k["key"].startswith("tokenizer.") and k["key"] != "general.name"]
        tensors = ["%s %s %s %d" % (t["name"], str(t["ne"]).replace(" ", ""), t["type"].lower(), t["offset"])
                   for t in golden["tensors"]]
        arch = golden["arch"]
        print(arch, golden["dtype"].lower(), digest(keys), digest(tensors),
              json.dumps(fields_only(arch, config), sort_keys=True, separators=(",", ":")))
    with open(os.path.join(folder, "gguf.quants.json")) as file:
        for block in json.load(file)["blocks"]:
            print("block", block["f32"], block["q8_0"], block["q4_0"])


if __name__ == "__main__":
    {"presets": presets, "vectors": vectors, "shards": shards, "layers": layers, "replay": replay, "gguf": gguf}[sys.argv[1]](sys.argv[2])
