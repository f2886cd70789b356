#!/usr/bin/env python3
"""Unchanged Python clients of the hub, against the weightd that HF_ENDPOINT names: one line "ok NAME" or "FAILED NAME WHY" each.

    HF_ENDPOINT=http://127.0.0.1:8080 HF_HOME=$(mktemp -d) python clients.py [PATTERN]      or, for all clients, make check-hub

What a release of a library has not is left out; what is not installed is named as skipped."""
import importlib.util
import os
import re
import sys
import warnings

os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
warnings.filterwarnings("ignore")

CHECKS = []
WRITERS = ("llama gpt2 mistral qwen2 qwen3 mixtral gemma gemma2 gemma3 gpt-neox gpt-oss phi3 qwen3-moe deepseek-v3 "
           "llama-bf16-sharded").split()
READERS = "bert roberta distilbert".split()
TEXT = "Hello wörld  \n\tx"


def check(needs):
    def add(function):
        CHECKS.append((function.__name__, needs, function))
        return function
    return add


def each(needs, names, function):
    for name in names:
        CHECKS.append((f"{function.__name__} {name}", needs, lambda name=name: function(name)))


# ---- huggingface_hub --------------------------------------------------------------------------------------------------


@check("huggingface_hub")
def download_is_kept():
    from huggingface_hub import hf_hub_download
    first = hf_hub_download("weightd/tiny-llama", "config.json")
    assert hf_hub_download("weightd/tiny-llama", "config.json") == first
    assert "llama" in open(first).read()


@check("huggingface_hub")
def snapshots():
    from huggingface_hub import HfApi, snapshot_download
    for repo in ("weightd/tiny-llama", "weightd/tiny-llama-bf16-sharded", "tinygpt2"):
        for revision in (None, "seed-7", HfApi().model_info(repo).sha):
            path = snapshot_download(repo, revision=revision)
            assert sorted(os.listdir(path)) == sorted(s.rfilename for s in HfApi().model_info(repo).siblings)


@check("huggingface_hub")
def local_dir(tmp="local"):
    from huggingface_hub import snapshot_download
    where = os.path.join(os.environ["HF_HOME"], tmp)
    snapshot_download("weightd/tiny-llama", local_dir=where)
    before = os.stat(os.path.join(where, "model.safetensors")).st_mtime_ns
    snapshot_download("weightd/tiny-llama", local_dir=where)
    assert os.stat(os.path.join(where, "model.safetensors")).st_mtime_ns == before


@check("huggingface_hub")
def api():
    from huggingface_hub import HfApi
    api = HfApi()
    info = api.model_info("weightd/tiny-llama", files_metadata=True)
    assert info.pipeline_tag == "text-generation" and all(s.size and s.blob_id for s in info.siblings)
    assert "config.json" in api.list_repo_files("tinygpt2")
    refs = api.list_repo_refs("weightd/tiny-llama")
    assert refs.branches[0].target_commit == info.sha
    for tag in refs.tags:
        assert api.model_info("weightd/tiny-llama", revision=tag.name).sha == tag.target_commit
    assert api.list_repo_commits("weightd/tiny-llama")[0].commit_id == info.sha
    assert [p.path for p in api.get_paths_info("weightd/tiny-llama", ["config.json", "nope"], expand=True)] == ["config.json"]
    assert any(m.id == "weightd/tiny-llama" for m in api.list_models(search="tiny-llama"))
    assert api.file_exists("weightd/tiny-llama", "config.json") and not api.file_exists("weightd/tiny-llama", "nope")
    assert api.repo_exists("weightd/tiny-llama") and not api.repo_exists("weightd/nope")
    assert api.revision_exists("weightd/tiny-llama", "seed-3") and not api.revision_exists("weightd/tiny-llama", "v9")


@check("huggingface_hub")
def metadata():
    from huggingface_hub import HfApi
    for repo, dtype in (("weightd/tiny-llama", "F32"), ("weightd/tiny-llama-bf16-sharded", "BF16")):
        meta = HfApi().get_safetensors_metadata(repo)
        assert set(meta.parameter_count) == {dtype} and meta.sharded == (dtype == "BF16")


@check("huggingface_hub")
def errors():
    from huggingface_hub import hf_hub_download
    from huggingface_hub.utils import EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError
    for args, error in ((("weightd/nope", "config.json"), RepositoryNotFoundError),
                        (("weightd/tiny-llama", "nope"), EntryNotFoundError),
                        (("weightd/tiny-llama", "config.json", None, None, "v9"), RevisionNotFoundError)):
        try:
            hf_hub_download(args[0], args[1], revision=args[4] if len(args) > 4 else None)
        except error:
            continue
        raise AssertionError(f"no {error.__name__}")


@check("huggingface_hub")
def file_system():
    from huggingface_hub import HfFileSystem, hf_hub_download
    fs = HfFileSystem()
    whole = open(hf_hub_download("weightd/tiny-llama", "model.safetensors"), "rb").read()
    assert any(f["name"].endswith("config.json") for f in fs.ls("weightd/tiny-llama"))
    with fs.open("weightd/tiny-llama/model.safetensors", "rb") as f:
        f.seek(100000)
        assert f.read(1000) == whole[100000:101000]
    assert fs.cat_file("weightd/tiny-llama/model.safetensors", start=10, end=99) == whole[10:99]


@check("huggingface_hub")
def a_token_is_ignored():
    from huggingface_hub import hf_hub_download
    hf_hub_download("weightd/tiny-gpt2", "README.md", token="hf_" + "a" * 34)


# ---- transformers ------------------------------------------------------------------------------------------------------


def load(cls, name, **kwargs):
    model, report = cls.from_pretrained(name, output_loading_info=True, **kwargs)
    assert not any(report.values()), report
    return model.eval()


def tokenizer_of(name):
    import transformers
    tokenizer = transformers.AutoTokenizer.from_pretrained(name)
    ids = tokenizer(TEXT)["input_ids"]
    assert len(tokenizer) == 264 and tokenizer.decode(ids) == TEXT, (len(tokenizer), ids)
    return tokenizer


def full(name):
    return "weightd/tiny-" + name


def writes(name):
    import transformers
    model, tokenizer = load(transformers.AutoModelForCausalLM, full(name)), tokenizer_of(full(name))
    assert tokenizer.eos_token_id == model.config.eos_token_id == model.generation_config.eos_token_id
    made = model.generate(**tokenizer(TEXT, return_tensors="pt"), max_new_tokens=4, do_sample=False)
    assert made.shape[1] > len(tokenizer(TEXT)["input_ids"])


each("transformers", WRITERS, writes)


def fills(name):
    import transformers
    load(transformers.AutoModelForMaskedLM, full(name))
    tokenizer_of(full(name))
    assert len(transformers.pipeline("fill-mask", model=full(name))("a <|mask|> c")) == 5


each("transformers", READERS, fills)


def image():
    from PIL import Image
    return Image.new("RGB", (50, 40))


def classifies(name):
    import transformers
    model = load(transformers.AutoModelForImageClassification, full(name))
    pixels = transformers.AutoImageProcessor.from_pretrained(full(name))(image(), return_tensors="pt")
    assert model(**pixels).logits.shape == (1, 10)
    assert transformers.pipeline(model=full(name))(image())


each("transformers", ["vit", "resnet"], classifies)


@check("transformers")
def translates_t5():
    import transformers
    model, tokenizer = load(transformers.AutoModelForSeq2SeqLM, full("t5")), tokenizer_of(full("t5"))
    model.generate(**tokenizer("hi", return_tensors="pt"), max_new_tokens=3)


@check("transformers")
def compares_clip():
    import transformers
    model, processor = load(transformers.AutoModel, full("clip")), transformers.AutoProcessor.from_pretrained(full("clip"))
    inputs = processor(text=["a", "bc"], images=image(), return_tensors="pt", padding=True)
    assert model(**inputs).logits_per_image.shape == (1, 2)


@check("transformers")
def hears_whisper():
    import numpy
    import transformers
    model = load(transformers.AutoModelForSpeechSeq2Seq, full("whisper"))
    processor = transformers.AutoProcessor.from_pretrained(full("whisper"))
    features = processor(numpy.zeros(8000, "float32"), sampling_rate=16000, return_tensors="pt").input_features
    model.generate(features, max_new_tokens=3)


@check("transformers")
def pipeline_and_chat():
    import transformers
    assert transformers.pipeline(model=full("llama"))("hi", max_new_tokens=3)[0]["generated_text"].startswith("hi")
    chat = [{"role": "user", "content": "hi"}]
    assert len(transformers.pipeline("text-generation", model=full("llama"))(chat, max_new_tokens=3)[0]["generated_text"]) == 2


@check("transformers")
def revisions():
    import torch
    import transformers
    key = "torch_dtype" if transformers.__version__.startswith("4.") else "dtype"
    zero = load(transformers.AutoModelForCausalLM, full("llama"))
    seven = load(transformers.AutoModelForCausalLM, full("llama"), revision="seed-7-bf16", **{key: "auto"})
    assert seven.dtype == torch.bfloat16 and not torch.equal(zero.lm_head.weight, seven.lm_head.weight.float())


# ---- others ------------------------------------------------------------------------------------------------------------


@check("tokenizers")
def tokenizers():
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_pretrained("weightd/tiny-llama")
    assert tokenizer.decode(tokenizer.encode(TEXT).ids) == TEXT


@check("sentence_transformers")
def sentence_transformers():
    from sentence_transformers import SentenceTransformer
    assert SentenceTransformer("weightd/tiny-sentence-bert").encode(["a", "b"]).shape == (2, 64)
    assert SentenceTransformer("weightd/tiny-bert").encode(["a"]).shape == (1, 64)


@check("timm")
def timm():
    import timm
    timm.create_model("hf_hub:weightd/resnet18", pretrained=True)


@check("peft")
def peft():
    from peft import AutoPeftModelForCausalLM
    model = AutoPeftModelForCausalLM.from_pretrained("weightd/tiny-llama-lora")
    assert any("lora_A" in name for name, _ in model.named_parameters())


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    failed = 0
    for name, needs, function in CHECKS:
        if not re.search(pattern, name):
            continue
        if importlib.util.find_spec(needs) is None:
            print(f"skipped: {name} (pip install {needs})", flush=True)
            continue
        try:
            function()
            print(f"ok {name}", flush=True)
        except Exception as error:  # whatever a client raises
            failed += 1
            print(f"FAILED {name}: {type(error).__name__}: {' '.join(str(error).split())[:300]}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
