"""Hold README.md and the pages of docs/ that are made from it to the program.

    check_readme.py check    run every command that a ```console block shows, against a fresh server on a free port, and
                             compare what it prints; compare the tables between <!-- NAME --> and <!-- /NAME --> and the
                             numbers of README.md with what the program says of itself; see that the paths, targets, C
                             and requests that the pages show exist
    check_readme.py write    write those tables and numbers anew

In expected output "..." stands for anything: within a line, or alone on a line for any number of lines. Commands run in an
empty folder, one after the other. The command that needs NumPy is skipped where no Python has it."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

WEIGHTD = os.path.abspath(os.environ.get("WEIGHTD", "build/weightd"))
PAGES = {"README.md": ["activations"], "docs/SCHEMES.md": ["schemes", "parameters", "formats"],
         "docs/OPTIONS.md": ["options"], "docs/HACKING.md": [], "docs/LIKE.md": ["models"]}  # the tables of each
SHOWN = "127.0.0.1:8080"


def weightd(*args):
    return subprocess.run([WEIGHTD, *args], capture_output=True, text=True, check=True).stdout


# ---- tables --------------------------------------------------------------------------------------------------------


def row(*cells):
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(head, rows):
    return "\n".join([row(*head), "|" + "---|" * len(head)] + [row(*cells) for cells in rows])


def code(names):
    return " ".join(f"`{name}`" for name in names)


def schemes_table():
    schemes = json.loads(weightd("get", "/schemes"))["schemes"]
    return table(
        ("scheme", "elements", "best for", "known problem", "takes"),
        [(code([s["name"]] + s["aliases"].split()), code([s["formula"]]), s["best_for"], s["known_problem"],
          code(p["name"] for p in s["parameters"])) for s in schemes])


def parameters_table():
    common = json.loads(weightd("get", "/schemes"))["common_parameters"]
    def values(p):
        return code(p["choices"]) if "choices" in p else p["type"]
    return table(("parameter", "values", "default", "what"),
                 [(code([p["name"]]), values(p), str(p.get("default", "")), p["help"]) for p in common])


def formats_table():
    formats = json.loads(weightd("get", "/schemes"))["formats"]
    return table(("`format=`", "extension", "media type", "what"),
                 [(code([f["name"]]), code(["." + f["extension"]]), code([f["media_type"]]), f["summary"]) for f in formats])


SLOPED = "W ~ N(0, 2 / ((1 + a^2) fan_in))"  # the formula of /schemes has no slope


def activations_table():
    """Activations with one recommendation share a row."""
    rows = {}
    for r in json.loads(weightd("get", "/recommend"))["recommendations"]:
        query = re.sub(r"^/init\?scheme=|&shape=[\d,]+", "", r["url"])
        rows.setdefault((query, r["formula"].split(";")[0]), []).append(r["activation"])
    return table(("activation", "scheme", "elements"),
                 [(", ".join(names), code([query]), code([elements(query, formula)])) for (query, formula), names in rows.items()])


def elements(query, formula):
    """The scheme's formula with what the query says of the gain."""
    gain = re.search(r"&gain=([\d.]+)", query)
    return SLOPED if "leaky" in query else formula.replace("N(0, 2 ", f"N(0, {gain[1]}^2 ") if gain else formula


def options_table():
    lines = [line.rstrip() for line in weightd("--help").splitlines()]
    rows = []
    for option, variable in zip(lines, lines[1:]):
        match = re.fullmatch(r"  (--\S+)\s+(.*)", option)
        allowed = re.fullmatch(r"  (WEIGHTD_\S+)\s+(.*); default (.*)", variable)
        if match and allowed:
            rows.append((code([match[1]]), code([allowed[1]]), allowed[3], allowed[2], match[2]))
    return table(("option", "environment", "default", "allowed", "what"), rows)


def models_table():
    """What test_replay compares with torch, by architecture: digests of files that were made in f32, made in bf16, converted."""
    with open("tests/vectors/models.txt", encoding="utf-8") as file:
        arch_of = {line.split()[0]: line.split()[1].partition("+")[0] for line in file}
    counts = {}
    with open("tests/vectors/replay.txt", encoding="utf-8") as file:
        for line in file:
            name, _, dtype, drawn, data, tensors = line.split()
            if name in ("lora.dora", "lora.embedding"):  # refused
                continue
            column = ("F32", "F32") != (dtype, drawn) and (1 if drawn == "BF16" else 2)
            row_of = counts.setdefault(arch_of.get(name, "stacks (`layers=`)"), [0, 0, 0])
            row_of[column or 0] += data != "-" or tensors != "-"
    rows = []
    for arch, numbers in sorted(counts.items(), key=lambda item: (item[0][0] == "s" and " " in item[0], item[0])):
        releases = "torch 2.15"
        if " " not in arch:
            with open(f"server/model/arch/{arch}.json", encoding="utf-8") as file:
                releases = json.load(file)["releases"]
        exactness = "exact but for the sinusoids" if arch == "whisper" else "exact"
        rows.append((arch if " " in arch else code([arch]), releases, exactness, *[str(n or "") for n in numbers]))
    return table(("model", "releases that give the same file", "numbers", "f32", "bf16 made", "bf16 converted"), rows)


TABLES = {"activations": activations_table, "models": models_table, "schemes": schemes_table, "parameters": parameters_table,
          "formats": formats_table, "options": options_table}


def marked(name):
    return re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)


COUNTED = re.compile(r"(\d+) initialization schemes, (\w+) element types and (\w+) formats")


def counted():
    tables = json.loads(weightd("get", "/schemes"))
    words = "zero one two three four five six seven eight nine ten eleven twelve".split()
    return (f"{len(tables['schemes'])} initialization schemes, {words[len(tables['dtypes'])]} element types and "
            f"{words[len(tables['formats'])]} formats")


def read(page):
    with open(page) as file:
        return file.read()


def as_the_program_says(page, text):
    """The page's text with every generated part written anew."""
    for name in PAGES[page]:
        if not marked(name).search(text):
            raise SystemExit(f"{page} has no table {name}")
        text = marked(name).sub(lambda m, body=TABLES[name](): f"{m[1]}{body}\n{m[2]}", text)
    return COUNTED.sub(counted(), text)


# Pictures that the program makes, and the requests that make them.
PICTURES = {"docs/depth.svg": "/plot/sweep.svg?scheme=he_normal&activation=relu&seed=7"}


def write():
    for picture, target in PICTURES.items():
        with open(picture, "w") as file:
            file.write(weightd("get", target))
    for page in PAGES:
        text = as_the_program_says(page, read(page))
        with open(page, "w") as file:
            file.write(text)


def check_generated(page, text):
    return [] if as_the_program_says(page, text) == text else [f"{page} is not what the program says: run `make docs`"]


# ---- commands ------------------------------------------------------------------------------------------------------


def commands(text):
    """(command, expected output) of every $ line of every ```console block."""
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.S | re.M):
        command, expected = None, []
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, expected
                command, expected = line[2:], []
            elif command and command.endswith("\\"):
                command = command[:-1] + line.lstrip()
            else:
                expected.append(line)
        if command:
            yield command, expected


def pattern(expected):
    parts = []
    for line in expected:
        if line.strip() == "...":
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*".join(re.escape(piece.rstrip()) for piece in line.split("...")) + r"[ ]*\n")
    return re.compile("".join(parts))


def python_with_numpy():
    for python in ("python3", "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import numpy"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def check_commands(text, url, folder):
    problems, ran = [], 0
    numpy = python_with_numpy()
    for command, expected in commands(text):
        if "numpy" in command and not numpy:
            print("skipped: the README's command that uses NumPy (sudo apt-get install python3-numpy)")
            continue
        if "numpy" in command:
            command = command.replace("python3", numpy)
        address = url.removeprefix("http://")
        done = subprocess.run(["bash", "-c", command.replace(SHOWN, address)], cwd=folder, timeout=60, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, errors="replace")
        output = done.stdout.replace("\r", "").replace(address, SHOWN)
        if output and not output.endswith("\n"):
            output += "\n"
        ran += 1
        if done.returncode or not pattern(expected).fullmatch(output):
            problems.append(f"$ {command}\nexit code {done.returncode}, printed:\n{output}expected:\n" + "\n".join(expected))
    print(f"{ran} commands ran")
    if ran < 10:
        problems.append("the pages show fewer than ten commands")
    return problems


# ---- text ----------------------------------------------------------------------------------------------------------


def check_paths(page, text):
    """Files and folders in backticks, and targets of links, must exist; NAME in a path stands for any."""
    names = re.findall(r"`((?:lib|server|tests|docs|api|docker|tools|web)/[\w./-]*)`", text)
    links = [n for n in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in n]
    names += [os.path.join(os.path.dirname(page), n) for n in links]
    return [f"{page}: {name} does not exist" for name in names if "NAME" not in name and not os.path.exists(name)]


def check_source(page, text):
    """C that is shown is C that is there, paragraph by paragraph."""
    source = read("lib/scheme/constant.c")
    shown = re.findall(r"^```c\n(.*?)^```$", text, re.S | re.M)
    return [f"{page}: not in lib/scheme/constant.c:\n{c}" for block in shown for c in block.split("\n\n") if c.strip() not in source]


def check_targets(page, text):
    """`make x` must be a target."""
    files = ["Makefile", *glob.glob("*/*.mk"), *glob.glob("*/*/*.mk")]
    targets = set(re.findall(r"^([a-z0-9-]+):", "".join(map(read, files)), re.M))
    targets |= {name[:-3].replace("_", "-", 1) for name in os.listdir("tests/check") if name.endswith(".sh")}
    shown = re.findall(r"`make (?:[A-Z]+=\S+ )*([a-z0-9-]+)(?![A-Za-z0-9-])", text)
    return [f"{page}: make {name} is no target" for name in shown if name not in targets]


def check_requests(page, text):
    """A request in a table must be answered."""
    found = re.findall(r"^\|.*`curl 'http://[^/]*([^']*)'`", text, re.M)
    return [f"{page}: {target} is refused" for target in found
            if subprocess.run([WEIGHTD, "get", target], capture_output=True, check=False).returncode]


def check():
    problems = [f"{picture} is not what the program draws: run `make docs`" for picture, target in PICTURES.items()
                if read(picture) != weightd("get", target)]
    for page in PAGES:
        text = read(page)
        for judge in (check_generated, check_paths, check_source, check_targets, check_requests):
            problems += judge(page, text)
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([WEIGHTD, "--port", "0", "--log", "off"], stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().split()[-1]
            problems += check_commands("\n".join(map(read, PAGES)), url, folder)
        finally:
            server.terminate()
            code_of = server.wait(timeout=60)
    if code_of:
        problems.append(f"the server ended with exit code {code_of}")
    print("\n\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["write"]:
        write()
    else:
        sys.exit(check())
