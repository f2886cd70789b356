#!/usr/bin/env python3
"""like=torch of whole models against the installed torch, and transformers where it can be imported: random stacks with and
without init=, in the query and sent as JSON, some with stacks and ties within; random configurations of every architecture that
both know; the models of torchvision that architecture files say they give; random seeds and dtypes. The bytes must be equal.

    like_models.py WEIGHTD [COUNT [SEED]]        make check-like-models PYTHON=..."""
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.error
import urllib.request
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
TYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


def start(weightd):
    """The server on a free port, and its URL."""
    log = tempfile.TemporaryFile("w+")
    server = subprocess.Popen([weightd, "--port", "0"], stdout=log, stderr=log)
    for _ in range(100):
        time.sleep(0.05)
        log.seek(0)
        for word in log.read().split():
            word = word.strip('",')
            if word.startswith("http://"):
                return server, word.rstrip("/")
    sys.exit("weightd does not start")


def fetch(url, data=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def tensors(raw):
    """name: (dtype, shape, bytes) of a safetensors file; the answer itself where it is none."""
    if raw[:1] == b"{" or len(raw) < 8:
        return {"error": raw.decode(errors="replace")}
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__", None)
    return {name: (t["dtype"], t["shape"], raw[8 + size + t["data_offsets"][0]:8 + size + t["data_offsets"][1]])
            for name, t in header.items()}


def of_torch(module):
    names = {torch.float32: "F32", torch.bfloat16: "BF16", torch.int64: "I64"}
    seen, result = set(), {}
    for name, t in module.state_dict().items():
        if t.data_ptr() in seen and t.numel():
            continue
        seen.add(t.data_ptr())
        result[name] = (names[t.dtype], list(t.shape), t.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return result


def difference(ours, theirs):
    if "error" in ours:
        return ours["error"]
    for name in sorted(set(ours) | set(theirs)):
        if ours.get(name) != theirs.get(name):
            return f"{name}: {[x[:2] if x else None for x in (ours.get(name), theirs.get(name))]}"
    return None


# ---- stacks: (text, constructor) ----

def a_layer(rng):
    n = lambda most=40: rng.randint(1, most)
    even = lambda: 2 * rng.randint(1, 8)
    a, b, c = n(), n(), n(12)
    heads = rng.choice((1, 2, 4))
    width = heads * even()
    bias = rng.random() < 0.7
    flag = "true" if bias else "false"
    groups = rng.choice((1, 2, 3))
    pad = rng.randrange(a)
    return rng.choice((
        (f"Linear:{a},{b},bias={flag}", lambda: nn.Linear(a, b, bias=bias)),
        (f"bilinear:{c},{a},{pad + 1},bias={flag}", lambda: nn.Bilinear(c, a, pad + 1, bias=bias)),
        (f"conv2d:{groups * c},{groups * c},3,groups={groups}", lambda: nn.Conv2d(groups * c, groups * c, 3, groups=groups)),
        (f"conv1d:{a},{b},{c},bias={flag}", lambda: nn.Conv1d(a, b, c, bias=bias)),
        (f"conv3d:{c},{c},2", lambda: nn.Conv3d(c, c, 2)),
        (f"conv_transpose2d:{c},{a},3,bias={flag}", lambda: nn.ConvTranspose2d(c, a, 3, bias=bias)),
        (f"embedding:{a},{b}", lambda: nn.Embedding(a, b)),
        (f"embedding:{a},{b},padding_idx={pad}", lambda: nn.Embedding(a, b, padding_idx=pad)),
        (f"batchnorm2d:{a}", lambda: nn.BatchNorm2d(a)),
        (f"layernorm:{a}", lambda: nn.LayerNorm(a)),
        (f"prelu:{a}", lambda: nn.PReLU(a)),
        (f"lstm:{a},{c},num_layers=2,bias={flag}", lambda: nn.LSTM(a, c, num_layers=2, bias=bias)),
        (f"gru:{a},{c},bidirectional=true", lambda: nn.GRU(a, c, bidirectional=True)),
        (f"rnn:{a},{c}", lambda: nn.RNN(a, c)),
        (f"lstm:{a},{c},2,{flag},true,0.1", lambda: nn.LSTM(a, c, 2, bias, True, 0.1)),
        (f"conv2d:{c},{a},{1 + a % 3}x5,padding=2x1", lambda: nn.Conv2d(c, a, (1 + a % 3, 5), padding=(2, 1))),
        (f"conv_transpose3d:{c},{b % 5 + 1},1x2x3", lambda: nn.ConvTranspose3d(c, b % 5 + 1, (1, 2, 3))),
        (f"layernorm:{a}x{c},bias={flag}", lambda: nn.LayerNorm((a, c), bias=bias)),
        (f"linear:out_features={a},in_features={b}", lambda: nn.Linear(out_features=a, in_features=b)),
        (f"transformer_encoder_layer:{width},{heads},{b},0.1,gelu,bias={flag}",
         lambda: nn.TransformerEncoderLayer(width, heads, b, 0.1, "gelu", bias=bias)),
        (f"multihead_attention:{width},{heads},bias={flag}", lambda: nn.MultiheadAttention(width, heads, bias=bias)),
        (f"transformer_encoder_layer:{width},{heads},{b}", lambda: nn.TransformerEncoderLayer(width, heads, b)),
        (f"transformer_decoder_layer:{width},{heads},{b}", lambda: nn.TransformerDecoderLayer(width, heads, b)),
        (f"transformer_encoder:{width},{heads},3,{b}",
         lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(width, heads, b), 3)),
        (f"transformer:{width},{heads},2,1,{b}", lambda: nn.Transformer(width, heads, 2, 1, b)),
        ("relu", nn.ReLU), ("dropout:0.3", lambda: nn.Dropout(0.3)), ("flatten", nn.Flatten)))


INITS = (
    ("linear.weight:xavier_uniform", lambda m: isinstance(m, nn.Linear) and nn.init.xavier_uniform_(m.weight)),
    ("linear.weight:kaiming_normal,nonlinearity=relu", lambda m: isinstance(m, nn.Linear) and nn.init.kaiming_normal_(m.weight, nonlinearity="relu")),
    ("linear.weight:trunc_normal,std=0.02", lambda m: isinstance(m, nn.Linear) and nn.init.trunc_normal_(m.weight, std=0.02)),
    ("embedding.weight:normal,std=0.1", lambda m: isinstance(m, nn.Embedding) and nn.init.normal_(m.weight, std=0.1)),
    ("embedding.weight:uniform,low=-0.3,high=0.2", lambda m: isinstance(m, nn.Embedding) and nn.init.uniform_(m.weight, -0.3, 0.2)),
)


def a_stack(rng):
    """URL parameters and the module's constructor."""
    layers = []
    for _ in range(rng.randint(1, 7)):  # flatten: the widths of layers need not fit
        layers += [a_layer(rng), ("flatten", nn.Flatten)]
    layers += [("linear:5,6", lambda: nn.Linear(5, 6)), ("embedding:7,3", lambda: nn.Embedding(7, 3))]
    init, call = rng.choice(INITS) if rng.random() < 0.5 else (None, None)
    dtype = rng.choice(list(TYPES))
    text = ";".join(text for text, _ in layers)

    def make():
        torch.set_default_dtype(TYPES[dtype])
        module = nn.Sequential(*(maker() for _, maker in layers))
        if call:
            module.apply(call)
        torch.set_default_dtype(torch.float32)
        return module
    query = {"layers": text, "dtype": dtype}
    if init:
        query["init"] = init
    return query, make


def nested(rng, layers, tie):
    """The same layers as nested lists of texts, and how torch makes them; tie: the last Linear has the weight of an Embedding."""
    inner = rng.randint(0, len(layers))
    shape, times = [rng.randint(1, 6), rng.randint(1, 4)], rng.choice((0.02, 3, 0.1))
    scale = {"name": "scale", "parameter": shape, "from": "randn", "times": times}
    sent = [text for text, _ in layers[:inner]] + [[text for text, _ in layers[inner:]], scale]
    if tie:
        sent += [{"module": "Embedding", "name": "rows", "args": [9, 4]},
                 {"module": "Linear", "name": "head", "in_features": 4, "out_features": 9, "bias": False,
                  "tie": {"weight": "rows.weight"}}]

    def make():
        module = nn.Sequential(*[maker() for _, maker in layers[:inner]], nn.Sequential(*[maker() for _, maker in layers[inner:]]))
        module.register_parameter("scale", nn.Parameter(torch.randn(*shape) * times))
        if tie:
            embedding, head = nn.Embedding(9, 4), nn.Linear(4, 9, bias=False)
            head.weight = embedding.weight
            module.add_module("rows", embedding)
            module.add_module("head", head)
        return module
    return {"layers": sent}, make


def check_sent(url, rng, count):
    wrong = 0
    for _ in range(count):
        sent, make = nested(rng, [x for _ in range(rng.randint(1, 5)) for x in (a_layer(rng), ("flatten", nn.Flatten))], rng.random() < 0.5)
        seed = rng.getrandbits(32)
        torch.manual_seed(seed)
        theirs = of_torch(make())
        answer = fetch(f"{url}/model?like=torch&seed={seed}&format=safetensors", json.dumps(sent).encode())
        found = difference(tensors(answer), theirs)
        if found:
            wrong += 1
            print(json.dumps(sent), seed, found)
    return wrong


# ---- torchvision ----

VISION = (  # the preset, its fields, torchvision's constructor and its arguments
    ("squeezenet1_0", "version=1_1", "squeezenet1_1", {}),
    ("densenet121", "block_config=6,12,32,32", "densenet169", {}),
    ("densenet121", "block_config=6,12,36,24&growth_rate=48&num_init_features=96", "densenet161", {}),
    ("googlenet", "aux_logits=false", "googlenet", {"aux_logits": False, "init_weights": True}),
    ("inception_v3", "aux_logits=false", "inception_v3", {"aux_logits": False, "init_weights": True}),
    ("mnasnet1_0", "widths=16,8,16,24,40,48,96,160", "mnasnet0_5", {}),
    ("shufflenet_v2_x1_0", "stages_out_channels=24,48,96,192,1024", "shufflenet_v2_x0_5", {}),
    ("convnext_tiny", "depths=3,3,27,3&widths=128,256,512,1024", "convnext_base", {}),
    ("swin_t", "depths=2,2,18,2&embed_dim=128&num_heads=4,8,16,32", "swin_b", {}),
    ("regnet_y_400mf", "depths=1,2,7,12&widths=32,64,160,400&group_width=16&se_ratio=0", "regnet_x_400mf", {}),
    ("regnet_y_400mf", "depths=1,3,8,2&widths=64,144,320,784&group_width=16", "regnet_y_800mf", {}),
    ("efficientnet_b0", "counts=2,3,3,4,4,5,2&widths=32,16,24,48,88,120,208,352", "efficientnet_b2", {}),
    ("mobilenet_v3_small", "last_channel=1280&widths=16,16,24,24,40,40,40,80,80,80,80,112,112,160,160,160"
     "&expanded=16,64,72,72,120,120,240,200,184,184,480,672,672,960,960&kernels=3,3,3,5,5,5,3,3,3,3,3,3,5,5,5"
     "&squeeze=0,0,0,24,32,32,0,0,0,0,120,168,168,240,240", "mobilenet_v3_large", {}),
    ("resnet18", "layers=3,4,23,3&bottleneck=true", "resnet101", {}), ("alexnet", "", "alexnet", {}),
)


def check_vision(url, rng, models):
    wrong = 0
    for preset, fields, name, arguments in VISION:
        seed, classes = rng.getrandbits(32), rng.randint(1, 50)
        torch.manual_seed(seed)
        theirs = of_torch(getattr(models, name)(num_classes=classes, **arguments))
        ours = fetch(f"{url}/models/{preset}.safetensors?like=torch&seed={seed}&num_classes={classes}&{fields}".rstrip("&"))
        found = difference(tensors(ours), theirs)
        if found:
            wrong += 1
            print(name, fields, classes, seed, found[:500])
    return wrong


def check_stacks(url, rng, count):
    wrong = 0
    for _ in range(count):
        query, make = a_stack(rng)
        seed = rng.choice((0, 1, -1, rng.getrandbits(32), rng.getrandbits(64)))
        query.update(like="torch", seed=str(seed), format="safetensors")
        torch.manual_seed(seed)
        try:
            theirs = of_torch(make())
        except (RuntimeError, NotImplementedError) as error:
            print("torch:", error, query)
            continue
        found = difference(tensors(fetch(f"{url}/model?" + urllib.parse.urlencode(query))), theirs)
        if found:
            wrong += 1
            print(json.dumps(query), found)
    return wrong


# ---- configurations ----

def a_config(rng):
    """model_type, class, members."""
    heads = rng.choice((1, 2, 3))
    width = heads * 2 * rng.randint(1, 9)
    vocab, layers, inner = rng.randint(8, 60), rng.randint(0, 3), rng.randint(1, 50)
    scale = rng.choice((0.02, 0.013))
    tied = rng.random() < 0.5
    llama = dict(vocab_size=vocab, hidden_size=width, intermediate_size=inner, num_hidden_layers=layers, initializer_range=scale,
                 num_attention_heads=heads, num_key_value_heads=1, tie_word_embeddings=tied)
    bert = dict(vocab_size=vocab, hidden_size=width, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=heads,
                max_position_embeddings=rng.randint(4, 30), type_vocab_size=2, initializer_range=scale)
    experts = dict(num_local_experts=rng.randint(2, 4), num_experts_per_tok=1)
    return rng.choice((
        ("llama", "LlamaForCausalLM", llama), ("mistral", "MistralForCausalLM", llama),
        ("qwen2", "Qwen2ForCausalLM", llama), ("qwen3", "Qwen3ForCausalLM", dict(llama, head_dim=8)),
        ("gemma", "GemmaForCausalLM", dict(llama, head_dim=8)), ("gemma2", "Gemma2ForCausalLM", dict(llama, head_dim=8)),
        ("phi3", "Phi3ForCausalLM", dict(llama, pad_token_id=0)), ("mixtral", "MixtralForCausalLM", dict(llama, **experts)),
        ("gpt2", "GPT2LMHeadModel", dict(vocab_size=vocab, n_embd=width, n_layer=max(layers, 1), n_head=heads, n_positions=rng.randint(4, 30),
                                          initializer_range=scale, tie_word_embeddings=tied)),
        ("gpt_neox", "GPTNeoXForCausalLM", dict(vocab_size=vocab, hidden_size=8 * heads, intermediate_size=inner, num_hidden_layers=layers,
                                                 num_attention_heads=heads, initializer_range=scale, tie_word_embeddings=tied)),
        ("bert", "BertForMaskedLM", bert), ("roberta", "RobertaForMaskedLM", dict(bert, pad_token_id=1)),
        ("vit", "ViTForImageClassification", dict(hidden_size=width, intermediate_size=inner, num_hidden_layers=layers, num_attention_heads=heads,
                                                   image_size=16, patch_size=8, num_labels=3)),
        ("t5", "T5ForConditionalGeneration", dict(vocab_size=vocab, d_model=width, d_kv=rng.randint(1, 9), d_ff=inner, num_layers=max(layers, 1),
                                                   num_heads=heads, relative_attention_num_buckets=8)),
    ))


def check_configs(url, rng, count):
    import transformers
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    wrong = 0
    for _ in range(count):
        kind, name, members = a_config(rng)
        seed, dtype = rng.choice((0, 7, rng.getrandbits(40))), rng.choice(list(TYPES))
        config = transformers.AutoConfig.for_model(kind, **members)
        torch.manual_seed(seed)
        try:
            model = getattr(transformers, name)._from_config(config, dtype=TYPES[dtype])
        except (ValueError, RuntimeError, ZeroDivisionError) as error:
            print("transformers:", error, kind, members)
            continue
        with tempfile.TemporaryDirectory() as folder:
            model.save_pretrained(folder)
            with open(os.path.join(folder, "model.safetensors"), "rb") as file:
                theirs = tensors(file.read())
        sent = json.dumps(dict(members, model_type=kind, architectures=[name])).encode()
        raw = fetch(f"{url}/model?like=torch&seed={seed}&dtype={dtype}&format=safetensors", sent)
        found = difference(tensors(raw), theirs)
        if found:
            wrong += 1
            print(kind, json.dumps(members), seed, dtype, found)
    return wrong


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 300
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**6)
    print(f"seed {seed}, torch {torch.__version__}")
    server, url = start(sys.argv[1])
    try:
        wrong = check_stacks(url, random.Random(seed), count)
        print(f"{count} stacks, {wrong} differ")
        sent = check_sent(url, random.Random(seed), count)
        print(f"{count} stacks that are sent, {sent} differ")
        wrong += sent
        try:
            import torchvision
            vision = check_vision(url, random.Random(seed), torchvision.models)
            print(f"{len(VISION)} models, torchvision {torchvision.__version__}, {vision} differ")
            wrong += vision
        except ImportError:
            print("skipped: torchvision's models (pip install torchvision)")
        try:
            import transformers
            other = check_configs(url, random.Random(seed), count)
            print(f"{count} configurations, transformers {transformers.__version__}, {other} differ")
            wrong += other
        except ImportError:
            print("skipped: configurations (pip install transformers)")
    finally:
        server.terminate()
        server.wait()
    sys.exit(1 if wrong else 0)


main()
