#!/usr/bin/env python3
"""like=torch of whole models against the installed torch, and transformers where it can be imported: random stacks with and
without init=, random configurations of every architecture that both know, random seeds and dtypes; the bytes must be equal.

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
