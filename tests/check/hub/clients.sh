#!/bin/bash
# clients.sh - unchanged clients of the Hugging Face Hub against weightd: make check-hub.
#
# Python: the newest huggingface_hub, transformers, sentence-transformers, timm and peft, and the last ones before huggingface_hub 1.
# Each in a virtual environment of its own below HUB_CLIENTS (default ~/.cache/weightd-hub), made where it is missing; HUB_TORCH
# names a site-packages folder that has torch, so that it is not fetched. Then the command hf, curl, wget, aria2c, node and cargo
# where they are installed. What is not there is named as skipped.
set -u

here=$(cd "$(dirname "$0")" && pwd)
home=${HUB_CLIENTS:-${XDG_CACHE_HOME:-$HOME/.cache}/weightd-hub}
scratch=$(mktemp -d)
passed=0 failed=0 skipped=0
trap 'kill $server 2>/dev/null; rm -rf "$scratch"' EXIT
mkdir -p "$home"

# ---- counting ---------------------------------------------------------------------------------------------------------

# Count the lines "ok ...", "FAILED ..." and "skipped: ..." of a client; a client that says nothing of the kind has failed.
count() { # NAME, output on standard input
    local before=$((passed + failed + skipped)) line
    while IFS= read -r line; do
        case $line in
        'ok '*) passed=$((passed + 1)) ;;
        'FAILED '*) failed=$((failed + 1)) && echo "$1: $line" ;;
        'skipped: '*) skipped=$((skipped + 1)) && echo "$line" ;;
        esac
    done
    if [ $((passed + failed + skipped)) = $before ]; then
        failed=$((failed + 1))
        echo "$1: FAILED to run at all"
    fi
}

# A step of this script: its last command decides.
step() { # NAME COMMAND
    if (eval "$2") >"$scratch/out" 2>&1; then
        echo "ok $1"
    else
        echo "FAILED $1: $(tail -n 3 "$scratch/out" | tr '\n' ' ')"
    fi
}

missing() { # WHAT HOW
    echo "skipped: $1 ($2)"
}

# ---- the server -------------------------------------------------------------------------------------------------------

weightd=${WEIGHTD:-build/weightd}
"$weightd" --port 0 --log json --log-file "$scratch/log" >"$scratch/url" &
server=$!
for _ in $(seq 50); do
    HF_ENDPOINT=$(sed -n 's/.*listening on //p' "$scratch/url")
    [ -n "$HF_ENDPOINT" ] && break
    sleep 0.1
done
export HF_ENDPOINT HF_HUB_DISABLE_TELEMETRY=1

# ---- Python -----------------------------------------------------------------------------------------------------------

environment() { # NAME PACKAGES
    local dir=$home/$1 name=$1
    shift
    [ -x "$dir/bin/python" ] && return 0
    python3 -m venv "$dir" || return 1
    if [ -n "${HUB_TORCH:-}" ]; then
        echo "$HUB_TORCH" >"$(echo "$dir"/lib/python3*/site-packages)/torch.pth"
    else
        set -- "$@" torch torchvision
    fi
    "$dir/bin/pip" install -q "$@" 2>"$scratch/pip" ||
        { rm -rf "$dir"; echo "$name: pip: $(tail -n 1 "$scratch/pip")"; return 1; }
}

requests() {
    wc -l <"$scratch/log"
}

# All clients with an empty cache; then a model once more, which must cost a few requests only, and once more without network.
python_clients() { # NAME
    local python=$home/$1/bin/python code
    export HF_HOME=$scratch/$1
    timeout 1200 "$python" "$here/clients.py"
    code='from transformers import AutoModelForCausalLM as M; M.from_pretrained("weightd/tiny-llama-bf16-sharded")'
    local before
    before=$(requests)
    step "a second start costs few requests" "'$python' -c '$code' && [ \$((\$(wc -l <$scratch/log) - $before)) -le 12 ]"
    step "offline after one download" "HF_HUB_OFFLINE=1 HF_ENDPOINT=http://127.0.0.1:9 '$python' -c '$code'"
}

hf_command() { # NAME
    local bin=$home/$1/bin
    export HF_HOME=$scratch/hf
    step "hf download and hf cache verify" "$bin/hf download weightd/tiny-llama && $bin/hf cache verify weightd/tiny-llama"
    step "hf download --local-dir" "$bin/hf download weightd/tiny-gpt2 --local-dir $scratch/gpt2 && [ -s $scratch/gpt2/model.safetensors ]"
}

# The recipes of docs/CI.md that need no container: the block of a language, run as it is.
recipe() { # LANGUAGE
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$here/../../../docs/CI.md" | grep -v '^`'
}

recipes() { # NAME
    local dir=$scratch/recipes
    mkdir "$dir" && cd "$dir" || return
    PATH=$(dirname "$(realpath "$weightd")"):$home/$1/bin:$PATH
    mkdir tests
    cat >tests/test_model.py <<'EOF'
import os
from transformers import AutoModelForCausalLM

def test_model():
    assert os.environ["HF_ENDPOINT"].startswith("http://")
    assert AutoModelForCausalLM.from_pretrained("weightd/tiny-llama").num_parameters() > 1000
EOF
    ln -s "$(realpath "$here/../../..")" weightd
    recipe make >Makefile
    step 'docs/CI.md: make' 'unset HF_ENDPOINT; make test'
    rm weightd
    recipe python >conftest.py
    step 'docs/CI.md: pytest' "unset HF_ENDPOINT; HF_HOME=$dir/home pytest -q"
    rm conftest.py
    services "$dir"
}

# The recipes with containers: their endpoint, served as the image serves it, reached by the name that the runner gives the service.
services() { # FOLDER with tests
    local file=$here/../../../docs/CI.md url
    printf '127.0.0.1 localhost weightd\n' >"$1/hosts"
    if (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; then
        missing 'docs/CI.md: recipes with containers' 'port 8080 is taken'
        return
    fi
    # shellcheck disable=SC2013 # words
    for url in $(sed -nE 's/^ *HF_ENDPOINT: (http.*)/\1/p' "$file" | sort -u); do
        step "docs/CI.md: HF_ENDPOINT of $url" "WEIGHTD_BIND=0.0.0.0 WEIGHTD_PORT=${url##*:} '$weightd' --log off & served=\$!; sleep 0.3
            unshare -rm sh -c 'mount --bind $1/hosts /etc/hosts; HF_ENDPOINT=$url HF_HOME=$1/${url//[:\/]/} pytest -q'; rc=\$?
            kill \$served; exit \$rc"
    done
}

if environment new 'huggingface_hub>=1' 'transformers>=5' sentence-transformers timm peft pillow pytest; then
    count new < <(python_clients new)
    count hf < <(hf_command new)
    count recipes < <(recipes new)
else
    count new < <(missing "newest Python clients" "pip needs a package registry")
fi
# Ranges in parallel, the last one past the end; 102 MB.
parallel_ranges() { # NAME
    local url=$HF_ENDPOINT/weightd/resnet50/resolve/main/model.safetensors
    export HF_HOME=$scratch/transfer
    step 'hf_transfer' "HF_HUB_ENABLE_HF_TRANSFER=1 '$home/$1/bin/huggingface-cli' download weightd/resnet50 model.safetensors && \
        [ \$(grep -c 'resnet50.*\"status\":206' $scratch/log) -ge 9 ] && curl -sf $url | cmp - \$(find $HF_HOME -name model.safetensors)"
}

if environment old 'huggingface_hub==0.36.2' 'transformers==4.57.6' hf_transfer pillow; then
    count old < <(python_clients old)
    count hf_transfer < <(parallel_ranges old)
else
    count old < <(missing "Python clients before 1.0" "pip needs a package registry")
fi

# ---- command lines -----------------------------------------------------------------------------------------------------

# A download that is cut short, continued, and compared with one that was not. 45 MB.
continued() { # NAME COMMAND
    local dir=$scratch/$1
    mkdir "$dir" && cd "$dir" || return
    head -c 1000003 "$scratch/whole" >model.safetensors
    step "$1" "$2 && cmp model.safetensors $scratch/whole"
}

command_lines() {
    local url=$HF_ENDPOINT/weightd/resnet18/resolve/main/model.safetensors
    curl -sfL -o "$scratch/whole" "$url"
    continued 'curl -C -' "curl -sfL -C - -O $url"
    if command -v wget >/dev/null; then
        continued 'wget -c' "wget -qc $url"
    else
        missing 'wget -c' 'sudo apt-get install wget'
    fi
    if command -v aria2c >/dev/null; then
        mkdir "$scratch/aria" && cd "$scratch/aria" || return
        step 'aria2c -x8' "aria2c -q -x8 -s8 -k1M $url && cmp model.safetensors $scratch/whole"
    else
        missing 'aria2c -x8' 'sudo apt-get install aria2'
    fi
}
count 'command lines' < <(command_lines)

# ---- other languages ---------------------------------------------------------------------------------------------------

node_clients() {
    if ! command -v npm >/dev/null; then
        missing '@huggingface/hub and node-llama-cpp' 'sudo apt-get install npm'
        return
    fi
    mkdir -p "$home/node" && cd "$home/node" || return
    [ -d node_modules/@huggingface/hub ] || { npm init -y && npm install @huggingface/hub; } >"$scratch/npm" 2>&1
    timeout 300 node "$here/clients.mjs" .
    [ -d node_modules/node-llama-cpp ] || npm install node-llama-cpp >"$scratch/npm" 2>&1
    if [ -d node_modules/node-llama-cpp ]; then
        MODEL_ENDPOINT=$HF_ENDPOINT/ timeout 300 node "$here/llama.mjs" .
    else
        missing 'node-llama-cpp' 'npm needs a package registry'
    fi
}

rust_clients() {
    if ! command -v cargo >/dev/null; then
        missing 'hf-hub' 'sudo apt-get install cargo'
        return
    fi
    export HF_HOME=$scratch/rust CARGO_TARGET_DIR=$home/rust
    cp -r "$here/rust" "$scratch/crate"
    cd "$scratch/crate" && timeout 1800 cargo run -q --release
}
count node < <(node_clients)
count rust < <(rust_clients)

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
