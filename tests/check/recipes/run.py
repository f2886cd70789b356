"""run.py FOLDER: run clients/ci, and the recipes of docs/CI.md that recipes.sh laid in FOLDER, as those who run them would.

Steps of a workflow run as GitHub's runner runs them: a script for bash -eo pipefail, files for outputs and variables. Services run as
the image does, in a network of their own, under their names, with the variables that the runner gives them. Commands of the
recipes that weightd has nothing to do with, pip, pytest and git, are small scripts; that of pytest compares bytes.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

from ruamel.yaml import YAML

FOLDER = pathlib.Path(sys.argv[1])
ROOT = pathlib.Path(__file__).resolve().parents[3]
CI = ROOT / "clients/ci"
WEIGHTD = os.environ["WEIGHTD"]
TARGETS = ["/weightd/tiny-llama/resolve/main/model.safetensors", "/he_normal/30x20?seed=7"]
PYTEST = f"""#!/bin/sh
set -eu
for target in {' '.join(f"'{t}'" for t in TARGETS)}; do
    curl -sSf "$HF_ENDPOINT$target" | sha256sum >"$TRIED.got"
    "{WEIGHTD}" get "$target" | sha256sum | cmp - "$TRIED.got"
done
[ "${{WEIGHTD_URL:-$HF_ENDPOINT}}" = "$HF_ENDPOINT" ]
echo "$HF_ENDPOINT" >>"$TRIED"
"""
failures = []


def check(what, is_right, *more):
    if not is_right:
        failures.append(what)
        print(f"{what}: wrong", *more)


# ---- what runs a recipe ------------------------------------------------------------------------------------------------


def commands():
    """A folder with pip, pytest and git; no weightd is in PATH unless a recipe puts it there."""
    folder = FOLDER / "bin"
    folder.mkdir()
    scripts = {"pip": "#!/bin/sh\n", "pytest": PYTEST, "git": f'#!/bin/sh\nfor word; do last=$word; done\nln -s "{ROOT}" "${{last##*/}}"\n'}
    for name, text in scripts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


BIN = commands()
TRIED = FOLDER / "tried"
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("WEIGHTD", "HF_", "DOCKER", "MAKE", "MFLAGS"))}
CLEAN.update(PATH=f"{BIN}:{os.environ['PATH']}", TRIED=str(TRIED), FAKE_DOCKER=str(FOLDER / "docker"))
pathlib.Path(CLEAN["FAKE_DOCKER"]).mkdir()
FAKE, PODMAN = str(ROOT / "tests/check/recipes/docker"), str(ROOT / "tests/check/recipes/podman")


def run(command, folder=FOLDER, **variables):
    env = {**CLEAN, **{k: str(v) for k, v in variables.items()}}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=600)


def tried():
    """Where pytest was run since the last call."""
    urls = TRIED.read_text().split() if TRIED.exists() else []
    TRIED.unlink(missing_ok=True)
    return urls


def is_gone(url):
    return subprocess.run(["curl", "-s", "-o", "/dev/null", f"{url}/livez"]).returncode == 7


def values(text):
    return dict(line.split("=", 1) for line in text.splitlines())


def end(what, stop, url):
    check(f"{what}: {stop}", run(["sh", "-c", f"{stop}; sleep 1"], WEIGHTD=WEIGHTD).returncode == 0 and is_gone(url))


# ---- start.sh ------------------------------------------------------------------------------------------------------------


def start_sh():
    start = str(CI / "start.sh")
    for what, variables in {
        "a program": {"WEIGHTD": WEIGHTD},
        "a program, with options": {"WEIGHTD": WEIGHTD, "WEIGHTD_OPTIONS": "--cache-bytes 64M --queue 9", "WEIGHTD_PORT": "tcp://10.0.0.1:8080"},
        "weightd in PATH": {"PATH": f"{BIN}:{pathlib.Path(WEIGHTD).parent}:{os.environ['PATH']}"},
        "a container": {"WEIGHTD": WEIGHTD, "WEIGHTD_IMAGE": "weightd", "DOCKER": FAKE, "WEIGHTD_OPTIONS": "--queue 9"},
    }.items():
        done = run([start, "pytest"], **variables)
        urls = tried()
        check(f"start.sh: {what}", done.returncode == 0 and len(urls) == 1 and is_gone(urls[0]), done)
        check(f"start.sh: {what}: nothing is said", not done.stdout + done.stderr, done)
        check(f"start.sh: {what}: exit status", run([start, "sh", "-c", "exit 7"], **variables).returncode == 7)
        lines = values(run([start], **variables).stdout)
        check(f"start.sh: {what}: lines", list(lines) == ["WEIGHTD_URL", "HF_ENDPOINT", "WEIGHTD_STOP"] and run(["pytest"], **lines).returncode == 0)
        check(f"start.sh: {what}: tried", tried() == [lines["WEIGHTD_URL"]])
        end(f"start.sh: {what}", lines["WEIGHTD_STOP"], lines["WEIGHTD_URL"])
    alone = FOLDER / "alone"
    alone.mkdir()
    shutil.copy(start, alone)
    for what, said, variables in [
        ("a wrong option", "unknown option --nope", {"WEIGHTD": WEIGHTD, "WEIGHTD_OPTIONS": "--nope"}),
        ("a wrong option for a container", "unknown option --nope", {"WEIGHTD": WEIGHTD, "WEIGHTD_IMAGE": "weightd", "DOCKER": FAKE, "WEIGHTD_OPTIONS": "--nope"}),
        ("no such image", "no such image", {"WEIGHTD": WEIGHTD, "WEIGHTD_IMAGE": "none", "DOCKER": FAKE}),
        ("nothing to start", "no weightd: none in PATH", {}),
    ]:
        done = run([alone / "start.sh", "pytest"], **variables)
        check(f"start.sh: {what}", done.returncode == 1 and said in done.stderr and not tried(), done)
    check("start.sh: no container is left", not os.listdir(CLEAN["FAKE_DOCKER"]), os.listdir(CLEAN["FAKE_DOCKER"]))


def from_source():
    """A copy of the tree without a build, below a folder with blanks and other letters, without weightd in PATH."""
    tree = FOLDER / "a b ü" / "weightd"
    files = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True).stdout.split(b"\0")
    for name in map(os.fsdecode, files):
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)
    done = run([tree / "clients/ci/start.sh", "pytest"])
    check("start.sh: its own source", done.returncode == 0 and len(tried()) == 1 and not done.stdout, done.stderr[-2000:])


def real_container():
    image = os.environ.get("IMAGE", "localhost/weightd-check")
    if os.getuid() or not shutil.which("podman") or subprocess.run(["podman", "image", "exists", image]).returncode:
        print("skipped: recipes with a real container (podman and runc, make check-image, as root)")
        return
    variables = {"DOCKER": PODMAN, "WEIGHTD_IMAGE": image}
    done = run([CI / "start.sh", "pytest"], WEIGHTD_OPTIONS="--queue 9", **variables)
    urls = tried()
    check("a real container", done.returncode == 0 and len(urls) == 1 and is_gone(urls[0]), done)
    done = run([CI / "start.sh", "pytest"], WEIGHTD_OPTIONS="--nope", **variables)
    check("a real container: a wrong option", done.returncode == 1 and "unknown option --nope" in done.stderr, done)
    service = YAML(typ="safe").load(ROOT / "docker/compose.yaml")["services"]["weightd"]
    lines = values(run([CI / "start.sh"], **variables).stdout)
    container = lines["WEIGHTD_STOP"].split()[-1]
    check("a real container: its health", run([PODMAN, "exec", container, *service["healthcheck"]["test"][1:]]).returncode == 0)
    end("a real container", lines["WEIGHTD_STOP"], lines["WEIGHTD_URL"])


# ---- GitHub ------------------------------------------------------------------------------------------------------------


def expand(value, context):
    """The ${{ name }} of a text. A name that the context does not have is an error, not an empty text."""
    return re.sub(r"\$\{\{\s*([\w.]+)\s*\}\}", lambda name: context[name[1]], str(value))


class Job:
    """What GitHub's runner knows between the steps of a job."""

    def __init__(self, **variables):
        self.env, self.context, self.ok, self.said = variables, {}, True, ""

    def step(self, step, context):
        files = {name: FOLDER / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT")}
        for file in files.values():
            file.write_text("")
        script = FOLDER / "step.sh"
        script.write_text(expand(step["run"], context))
        env = {**self.env, **{k: expand(v, context) for k, v in step.get("env", {}).items()}, **files}
        done = run(["bash", "--noprofile", "--norc", "-eo", "pipefail", script], **env)
        self.ok, self.said = self.ok and done.returncode == 0, self.said + done.stdout + done.stderr
        self.env.update(values(files["GITHUB_ENV"].read_text()))
        return {f"steps.{step.get('id')}.outputs.{k}": v for k, v in values(files["GITHUB_OUTPUT"].read_text()).items()}

    def action(self, folder, given, name):
        """The action of a folder. Its outputs are those of a step with this name."""
        action = YAML(typ="safe").load(folder / "action.yml")
        context = {f"inputs.{k}": str(given.get(k, row.get("default", ""))) for k, row in action["inputs"].items()}
        assert not set(given) - set(action["inputs"]), given
        context["github.action_path"] = str(folder)
        assert action["runs"]["using"] == "composite" and all("shell" in step for step in action["runs"]["steps"])
        for step in action["runs"]["steps"]:
            context.update(self.step(step, context))
        if self.ok:
            self.context.update({f"steps.{name}.outputs.{k}": expand(row["value"], context) for k, row in action["outputs"].items()})

    def steps(self, steps):
        for step in steps:
            uses = step.get("uses", "")
            if uses.startswith("OWNER/weightd/"):
                self.action(ROOT / uses[len("OWNER/weightd/") :].split("@")[0], step.get("with", {}), step.get("id"))
            elif not uses:
                self.step(step, self.context)


def github_action():
    for what, given, variables in [
        ("a program", {}, {"WEIGHTD": WEIGHTD}),
        ("a program with options", {"port": 0, "options": "--queue 9"}, {"WEIGHTD": WEIGHTD}),
        ("a container", {"image": "weightd", "options": "--queue 9"}, {"WEIGHTD": WEIGHTD, "DOCKER": FAKE}),
    ]:
        job = Job(**variables)
        job.action(CI, given, "it")
        url = job.context.get("steps.it.outputs.url")
        check(f"action: {what}", job.ok and url and job.env["WEIGHTD_URL"] == job.env["HF_ENDPOINT"] == url, job.said)
        job.step({"run": "pytest"}, {})
        check(f"action: {what}: tried", job.ok and tried() == [url], job.said)
        end(f"action: {what}", job.context["steps.it.outputs.stop"], url)
    job = Job(WEIGHTD=WEIGHTD)
    job.action(CI, {"options": "--nope"}, "it")
    check("action: a wrong option", not job.ok and "unknown option --nope" in job.said, job.said)


def github_workflow():
    job = Job(WEIGHTD=WEIGHTD)
    job.steps(YAML(typ="safe").load(FOLDER / "action-user.yml")["jobs"]["test"]["steps"])
    check("docs/CI.md: the action", job.ok and tried() == [job.env["WEIGHTD_URL"]] and '"shape":[3,3]' in job.said, job.said)
    end("docs/CI.md: the action", job.env["WEIGHTD_STOP"], job.env["WEIGHTD_URL"])


# ---- services ------------------------------------------------------------------------------------------------------------

UP = "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh22x', b'lo', 1))"


def beside(alias, lines, variables, given=None):
    """Run lines of shell where a server, as the image starts it, has a name. given: the variables that the server gets, too."""
    (FOLDER / "served").unlink(missing_ok=True)
    (FOLDER / "hosts").write_text(f"127.0.0.1 localhost {alias}\n")
    script = f"""set -eu
mount --bind hosts /etc/hosts
{sys.executable} -c "{UP}"
env {' '.join(f"{k}='{v}'" for k, v in (given or {}).items())} WEIGHTD_BIND=:: WEIGHTD_PORT=8080 '{WEIGHTD}' >served 2>&1 &
server=$!
trap 'kill $server; wait' EXIT
until grep -qs 'listening on' served; do kill -0 $server; sleep 0.05; done
""" + "\n".join(lines)
    done = run(["unshare", "-rmn", "bash", "-c", script], **variables)
    log = FOLDER / "served"
    return done, [line for line in (log.read_text().splitlines() if log.exists() else []) if "sets no option" in line]


def services():
    if run(["unshare", "-rmn", "true"]).returncode:
        print("skipped: recipes with services (a kernel that lets users unshare)")
        return
    job = YAML(typ="safe").load(FOLDER / "service-user.yml")["jobs"]["test"]
    (service,) = job["services"].values()
    check("docs/CI.md: the service's port", service["ports"] == ["8080:8080"])
    done, warnings = beside("-", [step["run"] for step in job["steps"] if "run" in step], job["env"])
    check("docs/CI.md: a service of GitHub", done.returncode == 0 and tried() == ["http://127.0.0.1:8080"] and not warnings, done, warnings)

    template, job = YAML(typ="safe").load(CI / "gitlab.yml")[".weightd"], YAML(typ="safe").load(FOLDER / "gitlab-user.yml")["test"]
    check("docs/CI.md: GitLab's template", job["extends"] == ".weightd")
    (service,) = template["services"]
    variables = {**template["variables"], **job["variables"]}
    check("gitlab.yml: the image", service["name"] == "$WEIGHTD_IMAGE" and "WEIGHTD_IMAGE" in variables)
    done, warnings = beside(service["alias"], job["script"], variables, variables)
    check("docs/CI.md: GitLab", done.returncode == 0 and tried() == ["http://weightd:8080"] and not warnings, done, warnings)

    for file in (FOLDER / "compose.yaml", ROOT / "docker/compose.yaml"):
        project = YAML(typ="safe").load(file)["services"]
        served, test = project["weightd"], project.get("test", {"command": "true", "environment": {}})
        kind, program, *options = served["healthcheck"]["test"]
        health = f"{{ PATH='{pathlib.Path(WEIGHTD).parent}':$PATH WEIGHTD_BIND=:: WEIGHTD_PORT=8080 {program} {' '.join(options)}; }}"
        done, warnings = beside("weightd", [health, test["command"], "kill $server; wait", f"! {health}", "trap - EXIT"], test["environment"], served.get("environment"))
        check(f"{file.name}: health", kind == "CMD" and done.returncode == 0 and not warnings, done, warnings)
        check(f"{file.name}: tried", tried() == ["http://weightd:8080"] * ("test" in project))


# ---- make, and a shell -----------------------------------------------------------------------------------------------------


def make():
    folder = FOLDER / "mäke it"
    folder.mkdir()
    shutil.copy(FOLDER / "Makefile", folder)
    (folder / "weightd").symlink_to(ROOT)
    done = run(["make", "test"], folder, WEIGHTD=WEIGHTD)
    urls = tried()
    check("docs/CI.md: make", done.returncode == 0 and len(urls) == 1 and is_gone(urls[0]), done)
    (folder / "Makefile").write_text((folder / "Makefile").read_text().replace("pytest", "false"))
    check("docs/CI.md: make sees a failure", run(["make", "test"], folder, WEIGHTD=WEIGHTD).returncode == 2)
    (folder / "Makefile").write_text("include weightd.mk\ntest:\n\t$(WITH_WEIGHTD) pytest\n")
    shutil.copy(CI / "weightd.mk", folder)
    shutil.copy(CI / "start.sh", folder / "start it.sh")
    done = run(["make", "test", f"WEIGHTD_START={folder}/start it.sh"], folder, WEIGHTD=WEIGHTD)
    check("weightd.mk: a copy of it, blanks", done.returncode == 0 and len(tried()) == 1, done)


def anywhere():
    folder = FOLDER / "anywhere"
    folder.mkdir()
    done = run(["sh", "-e", FOLDER / "anywhere.sh"], folder, WEIGHTD=WEIGHTD)
    check("docs/CI.md: anywhere", done.returncode == 0 and len(tried()) == 1, done)


for part in (start_sh, github_action, github_workflow, services, make, anywhere, real_container, from_source):
    before = len(failures)
    part()
    print(f"{part.__name__}: {'right' if len(failures) == before else 'wrong'}", flush=True)
sys.exit(bool(failures))
