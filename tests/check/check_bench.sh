#!/bin/sh
# check_bench.sh - a benchmark runs with python3 of the path, and says which peers are missing and how to get them.
set -u
failed=0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

expect() { # WHAT TEXT PATTERN
    printf '%s\n' "$2" | grep -q -- "$3" || { echo "$1: there is no '$3' in: $2"; failed=1; }
}

# A python3 that answers `import numpy` with the exit code that its name ends in.
for code in 0 1; do
    mkdir "$folder/$code"
    printf '#!/bin/sh\nexit %s\n' "$code" >"$folder/$code/python3"
    chmod +x "$folder/$code/python3"
done
pick() { PATH="$folder/$1:$PATH" tests/bench/python.sh "$2"; }
expect 'NumPy in the path' "$(pick 0 "$folder/0/python3")" "^$folder/0/python3\$"
expect 'NumPy in the path alone' "$(pick 0 "$folder/1/python3")" "^$folder/0/python3\$"
expect 'NumPy in Debian alone' "$(pick 1 "$folder/0/python3")" "^$folder/0/python3\$"
expect 'no NumPy' "$(pick 1 "$folder/1/python3")" "^$folder/1/python3\$"
expect 'no Debian' "$(pick 1 /nothing/python3)" "^$folder/1/python3\$"

python=${PYTHON:-python3}
said=$(PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=tests/bench "$python" -c 'import peers; print(peers.say_missing("json", "no_such_peer"))')
expect 'a missing peer' "$said" '^missing peer: no_such_peer.*-m pip install no_such_peer'
expect 'the list' "$said" "^\['no_such_peer'\]\$"
for bench in kernels ortho like; do
    grep -q 'peers.say_missing("numpy", "torch")' "tests/bench/$bench.py" || { echo "$bench.py says nothing of its peers"; failed=1; }
done
exit $failed
