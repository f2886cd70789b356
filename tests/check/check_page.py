"""check_page.py - hold the page at / to its rules: well-formed markup, nothing inline, a label for every control, links that
lead somewhere, header fields, sizes, what wrong and hostile values do, and the programs that it offers to copy."""
import gzip
import hashlib
import html.parser
import http.client
import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import urllib.parse
import zlib

from running import Running, WEIGHTD

BUILD = os.path.dirname(WEIGHTD)
VOID = {"meta", "link", "input", "img", "br", "source", "hr"}
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
          "base-uri 'none'; frame-ancestors 'none'")
# Bytes of the compressed file, and elements of the document, at most.
HTML_MAX, CSS_MAX, JS_MAX, PLOT_MAX, HEAT_MAX, FIRST_LOAD_MAX = (1024 * n for n in (12, 3, 6, 5, 18, 40))
ELEMENTS_MAX = 900
HOSTILE = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onfocus='alert(1)", "</title><svg onload=alert(1)>",
           "{{facts}}", "&lt;b&gt;", "\u202e\u0301", "a`b`$(id)", "javascript:alert(1)", "%00", "\\\"; system(\"id"]
problems = []


def wrong(where, what):
    problems.append(f"{where}: {what}")


# ---- the server ----------------------------------------------------------------------------------------------------


class Server(Running):
    def ask(self, target, fields=(), method="GET"):
        """Status, fields by name in small letters, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, target, headers=dict(fields))
        answer = connection.getresponse()
        result = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return result


# ---- markup --------------------------------------------------------------------------------------------------------


class Page(html.parser.HTMLParser):
    """Elements with their attributes and text, in order; what is not well-formed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.faults = [], [], []
        self.feed(text)
        self.close()
        self.faults += [f"<{name}> is not closed" for name, _ in self.open]

    def handle_starttag(self, name, attributes):
        names = [key for key, _ in attributes]
        if len(set(names)) != len(names):
            self.faults.append(f"an attribute of <{name}> is there twice")
        element = {"name": name, "attributes": {k: v if v is not None else "" for k, v in attributes}, "text": "",
                   "inside": [parent for parent, _ in self.open]}
        self.elements.append(element)
        if name not in VOID:
            self.open.append((name, element))

    def handle_endtag(self, name):
        if not self.open or self.open[-1][0] != name:
            self.faults.append(f"</{name}> closes <{self.open[-1][0] if self.open else 'nothing'}>")
        else:
            self.open.pop()

    def handle_data(self, data):
        for _, element in self.open:
            element["text"] += data

    def all(self, *names):
        return [element for element in self.elements if element["name"] in names]

    def id(self, name):
        return next((e for e in self.elements if e["attributes"].get("id") == name), None)


def check_markup(where, page, origin):
    for fault in page.faults:
        wrong(where, fault)
    ids = [e["attributes"]["id"] for e in page.elements if "id" in e["attributes"]]
    for name in {name for name in ids if ids.count(name) > 1}:
        wrong(where, f"the id {name} is there twice")
    for e in page.elements:
        for key, value in e["attributes"].items():
            if key == "style" or key.startswith("on"):
                wrong(where, f"<{e['name']} {key}>")
            if key in ("href", "src", "action", "srcset") and not re.match(r"[/#]", value):
                wrong(where, f"<{e['name']} {key}={value!r}> leads elsewhere")
            if key in ("for", "aria-labelledby", "aria-describedby"):
                for name in value.split():
                    if name not in ids:
                        wrong(where, f"{key} names {name}, which is not there")
    for e in page.all("style"):
        wrong(where, "has a style of its own")
    scripts = page.all("script")
    if len(scripts) != 1 or scripts[0]["text"].strip() or not scripts[0]["attributes"].get("src", "").startswith("/assets/"):
        wrong(where, "has another script than its own")
    for e in page.all("img"):
        if not e["attributes"].get("alt") or not e["attributes"].get("width"):
            wrong(where, f"no words or no size for {e['attributes'].get('src')}")
    labelled = {e["attributes"].get("for") for e in page.all("label")}
    for e in page.all("input", "select", "textarea"):
        if e["attributes"].get("id") not in labelled and e["attributes"].get("type") != "hidden":
            wrong(where, f"no label for {e['attributes']}")
    check_headings(where, page)
    check_figures(where, page)
    text = " ".join(e["text"] for e in page.all("body")).replace(origin, "")
    if re.search("https?://", text):
        wrong(where, "names another site")


def check_figures(where, page):
    """Every picture but of points says what it is of, and has its numbers as files."""
    for figure in page.all("figure"):
        inside = page.elements[page.elements.index(figure) + 1:]
        inside = inside[:next((i for i, e in enumerate(inside) if "figure" not in e["inside"]), None)]
        links = [e["text"] for e in inside if e["name"] == "a" and e["attributes"]["href"].startswith("/plot/")]
        points = any("/plot/heat.png?" in e["attributes"].get("src", "") for e in inside)
        if not points and (links != ["json", "csv"] or not any(e["text"].startswith("Numbers of ") for e in inside)):
            wrong(where, f"a figure has the links {links} to its numbers")
    summaries = [e["text"] for e in page.all("summary")]
    for name in {name for name in summaries if summaries.count(name) > 1}:
        wrong(where, f"two disclosures are called {name!r}")


def check_headings(where, page):
    levels = [int(e["name"][1]) for e in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    if levels.count(1) != 1 or levels[0] != 1:
        wrong(where, f"headings {levels}")
    for before, after in zip(levels, levels[1:]):
        if after > before + 1:
            wrong(where, f"h{after} follows h{before}")


def inputs_of(page, form):
    """What a form of inputs sends as it stands; that of the tensor is tried by check_form."""
    pairs = []
    for e in page.elements[page.elements.index(form) + 1:]:
        if e["name"] == "form" or "form" not in e["inside"] or form["attributes"]["id"] == "form":
            break
        if e["name"] == "input" and "name" in e["attributes"]:
            pairs.append((e["attributes"]["name"], e["attributes"]["value"]))
    return pairs


def check_links(server, page):
    ids = {e["attributes"].get("id") for e in page.elements}
    for e in page.elements:
        link = next((e["attributes"][k] for k in ("href", "src", "srcset", "action", "data-check") if e["attributes"].get(k)), None)
        if not link:
            continue
        if e["name"] == "form":
            link += "?" + urllib.parse.urlencode(inputs_of(page, e))
        path, _, anchor = link.partition("#")
        if not path:
            if anchor not in ids:
                wrong("/", f"#{anchor} is nowhere")
        elif server.ask(path)[0] != 200:
            wrong("/", f"{link} is answered {server.ask(path)[0]}")


def check_content(server, page, text):
    tables = json.loads(server.ask("/schemes")[2])
    rows = [e["text"] for e in page.all("th")]
    for row in tables["schemes"]:
        if row["name"] not in rows:
            wrong("/", f"the scheme {row['name']} is missing")
    for row in json.loads(server.ask("/recommend")[2])["recommendations"]:
        if "elasticity" in row and row["activation"] not in rows:
            wrong("/", f"the activation {row['activation']} is missing")
        for name in ("url", "gain_url", "picture", "page"):
            if name in row and server.ask(row[name])[0] != 200:
                wrong("/recommend", f"{row[name]} is answered {server.ask(row[name])[0]}")
    if "{{" in text:
        wrong("/", "has a place that was not filled")


# ---- on the wire ---------------------------------------------------------------------------------------------------


def check_wire(server, page):
    status, fields, body = server.ask("/")
    wanted = {"content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
              "content-type": "text/html; charset=utf-8", "vary": "Accept-Encoding", "cache-control": "public, max-age=3600"}
    for name, value in wanted.items():
        if fields.get(name) != value:
            wrong("/", f"{name} is {fields.get(name)}")
    if server.ask("/")[2] != body:
        wrong("/", "is another page the second time")
    if server.ask("/", {"If-None-Match": fields["etag"]})[0] != 304:
        wrong("/", "is not answered 304")
    if server.ask("/", method="HEAD")[2]:
        wrong("/", "HEAD has a body")
    compressed = server.ask("/", {"Accept-Encoding": "gzip"})
    if gzip.decompress(compressed[2]) != body:
        wrong("/", "is another page when it is compressed")
    sizes = {"/": len(compressed[2])}
    for e in page.all("img"):
        if e["attributes"].get("loading") != "lazy" and "noscript" not in e["inside"]:
            sizes[e["attributes"]["src"]] = len(server.ask(e["attributes"]["src"], {"Accept-Encoding": "gzip"})[2])
    for e in page.all("link", "script"):
        if e["attributes"].get("rel") == "icon" and e["attributes"]["href"] in sizes:  # the browser has it
            continue
        path = e["attributes"].get("href") or e["attributes"]["src"]
        sizes[path] = check_asset(server, path)
    check_budgets(sizes, page)
    for name in ("data-check", "data-reader"):  # scripts that are loaded when they are needed
        path = page.all("body")[0]["attributes"][name]
        size = check_asset(server, path)
        if size > JS_MAX:
            wrong(path, f"has {size} bytes, at most {JS_MAX} are allowed")


def check_asset(server, path):
    _, fields, body = server.ask(path)
    if fields.get("cache-control") != "public, max-age=31536000, immutable" or "etag" not in fields:
        wrong(path, f"cache-control is {fields.get('cache-control')}")
    if struct.pack("<II", zlib.crc32(body), len(body)).hex() != path.split("/")[2]:
        wrong(path, "has another checksum")
    _, fields, packed = server.ask(path, {"Accept-Encoding": "gzip"})
    if fields.get("content-encoding") != "gzip" or gzip.decompress(packed) != body:
        wrong(path, "is another file when it is compressed")
    if server.ask(path.replace(path.split("/")[2], "0" * 16))[0] != 404:
        wrong(path, "is there under any digest")
    return len(server.ask(path, {"Accept-Encoding": "gzip"})[2])


def check_budgets(sizes, page):
    for path, size in sizes.items():
        most = HTML_MAX if path == "/" else HEAT_MAX if path.startswith("/plot/heat.png") else PLOT_MAX if path.startswith("/plot/") else CSS_MAX if path.endswith(".css") else JS_MAX
        if size > most:
            wrong(path, f"has {size} bytes, at most {most} are allowed")
    if sum(sizes.values()) > FIRST_LOAD_MAX or len(sizes) > 5:
        wrong("/", f"the first load takes {sum(sizes.values())} bytes in {len(sizes)} requests")
    if len(page.elements) > ELEMENTS_MAX:
        wrong("/", f"has {len(page.elements)} elements")


# ---- facts ---------------------------------------------------------------------------------------------------------


def facts_of(page):
    names = [e["text"] for e in page.all("dt")]
    return dict(zip(names, [e["text"].replace("\u2212", "-").replace("\u202f", "") for e in page.all("dd")]))


def same(said, value):
    """Does the text have the number, to the digits that it shows?"""
    return abs(float(said) - value) <= 0.51 * 10.0 ** -len(re.sub("e.*", "", said).partition(".")[2]) * 10.0 ** int(said.partition("e")[2] or 0)


def check_facts(server):
    """The facts are the numbers of /plot/histogram.json, and the inline picture is that of the same URL."""
    for query in ("scheme=he_normal&shape=256,128&seed=7", "scheme=sparse&shape=64,50&sparsity=0.9&seed=3&format=npy",
                  "scheme=orthogonal&shape=20,20&seed=2", "scheme=constant&value=-2&shape=9", "like=torch&scheme=normal&shape=40&seed=1"):
        page = Page(server.ask(f"/?{query}")[2].decode())
        facts, plain = facts_of(page), query.replace("&format=npy", "")
        numbers = json.loads(server.ask(f"/plot/histogram.json?{plain}")[2])
        values = numbers["values"]
        std, _, error = facts["std, of these values"].partition(" ± ")
        mine = values["std"] * max((values["kurtosis"] - 1) / (4 * numbers["read"]), 0) ** 0.5
        least, largest = facts["range"].split(" … ")
        pairs = {"std": (std, values["std"]), "error": (error, mine), "mean": (facts["mean"], values["mean"]), "least": (least, values["min"]),
                 "largest": (largest, values["max"]), "zeros": (facts["zeros"], values["zeros"])}
        for name, (said, value) in pairs.items():
            if not same(said, value):
                wrong(f"/?{query}", f"{name} is {said}, /plot/histogram.json says {value}")
        svg = server.ask(f"/plot/histogram.svg?{plain}&theme=page")[2].decode()
        text = server.ask(f"/?{query}")[2].decode()
        if svg not in text:
            wrong(f"/?{query}", "has another histogram than its URL")
    large = Page(server.ask("/?shape=4096,4096")[2].decode())
    if "range" in facts_of(large) or not large.id("p-histogram") or large.all("svg"):
        wrong("/?shape=4096,4096", "waits for 64 MiB of numbers")


# ---- values --------------------------------------------------------------------------------------------------------


def form_of(page):
    """What a browser sends without the script: every field."""
    pairs = []
    for e in page.elements:
        if "form" in e["inside"] and e["name"] == "input" and "name" in e["attributes"] and e["attributes"]["id"].startswith(("f-", "was")):
            pairs.append((e["attributes"]["name"], e["attributes"].get("value", "")))
        if e["name"] == "select":
            pairs.append((e["attributes"]["name"], None))
        if e["name"] == "option" and (pairs[-1][1] is None or "selected" in e["attributes"]):
            pairs[-1] = (pairs[-1][0], e["attributes"].get("value", e["text"]))
    return pairs


def check_form(server):
    """The form of a state, sent as it is, leads to the same state."""
    for query in ("", "?scheme=orthogonal&shape=3,3,8,16&gain=2&dtype=f16&seed=0x10", "?like=torch&scheme=xavier_normal&shape=8,4",
                  "?scheme=constant&shape=5&value=0.5&format=npy", "?scheme=zeros&shape=", "?scheme=normal&shape=0,4",
                  "?scheme=normal&stream=a+b%26c&shape=4&slice=0:2"):
        before = Page(server.ask("/" + query)[2].decode())
        status, _, body = server.ask("/?" + urllib.parse.urlencode(form_of(before)))
        after = Page(body.decode())
        for name in ("url", "facts"):
            if status != 200 or after.id(name)["text"] != before.id(name)["text"]:
                wrong("/" + query, f"its form leads to {status} and {after.id(name)['text']!r}, not {before.id(name)['text']!r}")


def check_follows(server):
    """A form in which another scheme is chosen leaves behind what that one does not take; a URL that says so does not."""
    for query, choice, wanted in (("scheme=normal&std=0.5&shape=64,64&seed=3", {"scheme": "he_normal"}, "scheme=he_normal&shape=64,64&seed=3"),
                                  ("gain=2", {"scheme": "zeros"}, "scheme=zeros&shape=256,128"),
                                  ("like=torch&scheme=linear_default&shape=8,8&seed=7", {"like": "native"}, "scheme=he_normal&shape=8,8&seed=7"),
                                  ("scheme=xavier_normal&gain=2&shape=8,8&seed=7", {"scheme": "he_normal"}, "scheme=he_normal&shape=8,8&seed=7&gain=2")):
        form = form_of(Page(server.ask("/?" + query)[2].decode()))
        status, _, body = server.ask("/?" + urllib.parse.urlencode([(name, choice.get(name, value)) for name, value in form]))
        url = Page(body.decode()).id("url")["text"]
        if status != 200 or sorted(url.split("?")[1].split("&")) != sorted(wanted.split("&")):
            wrong(query, f"{choice} leads to {status}, {url}")
    if server.ask("/?scheme=he_normal&std=0.5")[0] != 400:
        wrong("/?scheme=he_normal&std=0.5", "a parameter that is not taken is ignored")


def check_shown(server):
    """What is wrong is in sight, nothing is offered to be copied, and pictures have words with numbers."""
    page = Page(server.ask("/?gain=abc")[2].decode())
    if "open" not in page.id("more")["attributes"] or "hidden" not in page.id("copy")["attributes"]:
        wrong("/?gain=abc", "hides the field, or offers copies of nothing")
    page = Page(server.ask("/?scheme=zeros&seed=1")[2].decode())
    if "open" in page.id("more")["attributes"] or "hidden" in page.id("copy")["attributes"]:
        wrong("/?scheme=zeros&seed=1", "opens what is right, or hides copies")
    page = Page(server.ask("/?activation=tanh&depth=10&width=32&seed=9&shape=64,32")[2].decode())
    words = re.search("<desc[^>]*>(.*?)</desc>", server.ask("/plot/sweep.svg?scheme=he_normal&activation=tanh&depth=10&width=32&seed=9")[2].decode())[1]
    alts = [e["attributes"]["alt"] for e in page.all("img") if "/plot/sweep.svg?" in e["attributes"]["src"]]
    if words != alts[0]:
        wrong("the sweep", f"is described by {alts[0]!r}, not {words!r}")
    links = [e["attributes"]["href"] for e in page.all("a") if "activation=selu" in e["attributes"].get("href", "") and "table" in e["inside"]]
    if not links or not all("shape=64,32&seed=9&depth=10&width=32" in link for link in links):
        wrong("links to other schemes", f"forget shape, seed or network: {links}")


def check_states(server):
    """States with something particular to say; the request of each is one of /init."""
    for query, part, text in (("?scheme=zeros&shape=", "facts", "a scalar"), ("?scheme=zeros&shape=4", "facts", "a vector"),
                              ("?scheme=normal&shape=0,4", "facts", "empty"), ("?scheme=dirac", "heading", "dirac, 3"),
                              ("?like=torch&scheme=normal&shape=4", "facts", "torch"),
                              ("?shape=3,3,64,128", "layouts", "3 × 3 × 64 = 576"),
                              ("?shape=3,3,64,128&groups=2", "layouts", "3 output channels do not divide into 2 groups"),
                              ("?shape=5,6,3,3&layout=iohw", "layouts", "in 5 out 6 kernel 3 × 3"),
                              ("?scheme=normal&shape=4,0", "layouts", "–"),
                              ("?shape=256,128&slice=0:3", "facts", "384 of 32\u202f768"),
                              ("?shape=20000,2000", "facts", "too large to be measured"),
                              ("?like=torch&scheme=kaiming_normal&shape=8,8", "depth-picture", "next seed"),
                              ("?like=torch&scheme=kaiming_normal&shape=8,8&seed=18446744073709551615", "depth-picture", "seed"),
                              ("?shape=4,5,2,2,2,2,2,2", "heading", "4 × 5 × 2 × 2 × 2 × 2 × 2 × 2")):
        status, _, body = server.ask("/" + query)
        page = Page(body.decode())
        if status != 200 or text not in page.id(part)["text"]:
            wrong("/" + query, f"{status}, {part} is {page.id(part)['text']!r}")
        check_markup("/" + query, page, server.origin)
        target = page.id("url")["text"].removeprefix(server.origin)
        if server.ask(target)[0] != 200:
            wrong("/" + query, f"{target} is answered {server.ask(target)[0]}")


BAD = {"scheme": "he", "shape": "4,x", "layout": "oo", "dtype": "f33", "seed": "-x", "like": "tourch", "gain": "0", "mode": "fan",
       "slice": "a:b", "format": "gif", "padding": "x", "std": "1", "alg": "7"}


def check_bad_values(server):
    """400, and the sentence at the field."""
    for name, value in BAD.items():
        status, fields, body = server.ask(f"/?{name}={value}")
        page = Page(body.decode())
        field, error = page.id(f"f-{name}"), page.id(f"e-{name}")
        if status != 400 or fields.get("cache-control") != "no-store" or fields.get("content-security-policy") != POLICY:
            wrong(f"{name}={value}", f"is answered {status}, {fields.get('cache-control')}")
        if not field or field["attributes"].get("aria-invalid") != "true" or not error["text"]:
            wrong(f"{name}={value}", "its field does not say what is wrong")
        elif len(error["text"]) < 10:
            wrong(f"{name}={value}", f"is explained by {error['text']!r}")
        check_markup(f"{name}={value}", page, server.origin)
    for query in ("sheme=zeros", "seed=1&seed=2", "shape=99999999,99999999", "activation=rellu", "depth=0", "width=513", "batch=x",
                  "activation=softmax", "depth=200&width=512&batch=256"):
        status, _, body = server.ask(f"/?{query}")
        if status != 400 or not Page(body.decode()).id("trouble")["text"]:
            wrong(query, f"is answered {status} without a sentence")


def check_hostile(server, clean):
    """Values never become markup: only text, or the value of an attribute."""
    plain = {e["name"] for e in clean.elements}
    names = [p["name"] for p in json.loads(server.ask("/schemes")[2])["common_parameters"]] + \
        ["scheme", "gain", "std", "was", "activation", "depth", "width", "batch", "of", "name", "key", "no-such"]
    for name in names:
        for value in HOSTILE:
            query = urllib.parse.urlencode([(name, value)])
            status, _, body = server.ask(f"/?{query}")
            page = Page(body.decode())  # it is UTF-8
            where = f"/?{query}"
            check_markup(where, page, server.origin)
            if status not in (200, 400) or {e["name"] for e in page.elements} - plain:
                wrong(where, f"{status}, elements {({e['name'] for e in page.elements} - plain)}")
    for value in ("%ff%fe", "%c3", "%ed%a0%80", "%f5%80%80%80", "%01%1b%7f", "%c2%85"):
        status, _, body = server.ask(f"/?scheme={value}")
        if status != 400 or re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]", body.decode()):
            wrong(value, f"is answered {status}, or comes back")
    check_key(server)


def check_key(server):
    status, _, body = server.ask("/?%3Cscript%3E=1")
    if status != 400 or b"<script>" in body.replace(b"<script src", b""):
        wrong("a hostile name", "comes back")


# ---- /plan ---------------------------------------------------------------------------------------------------------


def check_plan(server):
    """It says what HEAD says."""
    for query in ("scheme=he_normal&shape=3,3,64,128", "scheme=xavier_uniform&shape=256,128&layout=oi&seed=7&format=npy",
                  "scheme=zeros&shape=", "like=torch&scheme=orthogonal&shape=8,4"):
        _, fields, _ = server.ask(f"/init?{query}", method="HEAD")
        plan = json.loads(server.ask(f"/plan?{query}")[2])
        said = {"request": fields["content-location"], "etag": fields["etag"], "bytes": int(fields["content-length"]),
                "fan_in": float(fields["x-tensor-fan-in"]), "fan_out": float(fields["x-tensor-fan-out"]),
                "layout": fields["x-tensor-layout"], "dtype": fields["x-tensor-dtype"], "scheme": fields["x-tensor-scheme"],
                "std": float(fields["x-tensor-std"]) if "x-tensor-std" in fields else None,
                "bound": float(fields["x-tensor-bound"]) if "x-tensor-bound" in fields else None}
        for name, value in said.items():
            if plan[name] != value:
                wrong(f"/plan?{query}", f"{name} is {plan[name]}, HEAD says {value}")
        other = plan["layouts"]["io" if plan["layout"] == "io" else "oi"]
        if {name: plan[name] for name in other} != other:
            wrong(f"/plan?{query}", f"{other} is not the tensor's own layout")
    plan = json.loads(server.ask("/plan?scheme=he_normal&shape=3,3,64,128")[2])
    if plan["layouts"]["io"]["fan_in"] != 576 or plan["layouts"]["oi"]["fan_in"] != 24576 or plan["elements"] != 73728:
        wrong("/plan", f"is {plan}")
    if server.ask("/plan?scheme=zeros&shape=1000000,1000000,1000")[0] != 200:
        wrong("/plan", "refuses what is large")


# ---- copies --------------------------------------------------------------------------------------------------------


def run(command, folder):
    done = subprocess.run(command, cwd=folder, shell=True, capture_output=True, text=True, timeout=300)
    if done.returncode:
        wrong(command, f"ends with {done.returncode}: {done.stderr[-300:]}")
    return done.stdout


# id: the program it needs, its file, what runs it and leaves the digest as the last line.
ROOT = os.getcwd()
RUN = {
    "curl": ("curl", "w.sh", "sh w.sh && sha256sum w.bin | cut -d' ' -f1"),
    "sha256sum": ("sha256sum", "w.sh", "sh w.sh | grep -q OK && sha256sum w.bin | cut -d' ' -f1"),
    "python": ("python3", "w.py", "python3 w.py"),
    "c": ("cc", "w.c", f"cc -Wall -Wextra -Werror -I{shlex.quote(ROOT)}/lib/include w.c {shlex.quote(BUILD)}/libwi.a -lm -o w && "
          "./w | sha256sum | cut -d' ' -f1"),
    "javascript": ("node", "w.mjs", "node w.mjs"),
    "rust": ("rustc", "w.rs", "rustc --edition 2021 -o w w.rs && ./w && sha256sum w.bin | cut -d' ' -f1"),
    "markdown": ("curl", "w.md", "curl -sf \"$(sed -E 's/^!.*\\((.*)\\)$/\\1/' w.md)\" | grep -q '^<svg' && cat digest"),
    "go": ("go", "w.go", "GOCACHE=$PWD/go GO111MODULE=off GOFLAGS= go run w.go"),
}


def check_copies(server):
    query = "scheme=xavier_uniform&shape=256,128&seed=7&stream=it%27s+%22%24%28id%29%22"
    page = Page(server.ask(f"/?{query}")[2].decode())
    digest = hashlib.sha256(server.ask(page.id("url")["text"].removeprefix(server.origin))[2]).hexdigest()
    if digest not in page.id("facts")["text"]:
        wrong("/", "names another SHA-256")
    shown = {e["attributes"]["id"].removeprefix("copy-") for e in page.all("pre")}
    if shown != set(RUN):
        wrong("copies", f"there are {shown}, here are rules for {set(RUN)}")
    for name in sorted(shown & set(RUN)):
        program, file, command = RUN[name]
        if not shutil.which(program) or (name == "javascript" and not node_fetches()):
            print(f"skipped: the copy in {name} ({program} is not here)")
            continue
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, file), "w", encoding="utf-8") as out:
                out.write(page.id(f"copy-{name}")["text"])
            with open(os.path.join(folder, "digest"), "w", encoding="utf-8") as out:
                out.write(digest)
            lines = run(command, folder).split()
            if not lines or lines[-1] != digest:
                wrong(f"the copy in {name}", f"gives {lines[-1:]}, not {digest}")


def node_fetches():
    return subprocess.run(["node", "-e", "process.exit(globalThis.fetch && globalThis.crypto?.subtle ? 0 : 1)"]).returncode == 0


def check_copies_that_fail(server):
    """A copy whose pinned digest is another fails."""
    text = Page(server.ask("/?shape=4,4")[2].decode()).id("copy-sha256sum")["text"]
    digest = re.search("[0-9a-f]{64}", text).group()
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["sh", "-c", text.replace(digest, digest[::-1])], cwd=folder, capture_output=True)
        if done.returncode == 0:
            wrong("the copy for sha256sum", "succeeds with another digest")


def check_hosts():
    """A host that means something to a shell is not repeated."""
    server = Server("--host", "*")
    for host, wanted in (("a.example:81", "http://a.example:81/init"), ("a'b", "http://127.0.0.1:8080/init"),
                         ("a$(id)", "http://127.0.0.1:8080/init"), ("[::1]:9", "http://[::1]:9/init")):
        status, _, body = server.ask("/", {"Host": host})
        if status == 200 and not Page(body.decode()).id("url")["text"].startswith(wanted):
            wrong(host, f"is repeated: {Page(body.decode()).id('url')['text']}")
    server.stop()


def main():
    server = Server()
    try:
        text = server.ask("/")[2].decode()
        page = Page(text)
        check_markup("/", page, server.origin)
        check_links(server, page)
        check_content(server, page, text)
        check_wire(server, page)
        check_facts(server)
        check_form(server)
        check_states(server)
        check_follows(server)
        check_shown(server)
        check_bad_values(server)
        check_hostile(server, page)
        check_plan(server)
        check_copies(server)
        check_copies_that_fail(server)
    finally:
        server.stop()
    check_hosts()
    print("\n".join(dict.fromkeys(problems)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
