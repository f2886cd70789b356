"""check_api.py DOCUMENT - hold api/openapi.json to real answers: every path with its example, every status it lists, every header, every schema, the
bounds and names of every parameter, the examples of every scheme, and the links of the page for people."""
import http.client
import json
import re
import signal
import sys
import time
import urllib.parse

from running import Running

TENSOR = "/init?scheme=normal&shape=8,8&format=raw"
# What a path cannot be made to answer here: a queue that is full.
NOT_TRIED = {("init", "503"), ("short", "503"), ("model", "503"), ("modelFile", "503"), ("sentModel", "503"), ("home", "503"), ("plot", "503")}
# Parameters of models alone.
OF_PAGE = ("depth", "width", "batch", "bins", "theme", "size")  # tests/check/check_page.py tries them
OF_MODELS = ("shard", "init", "model_like", "drawn", "layers", "file", "calls")

with open(sys.argv[1], encoding="utf-8") as file:
    DOCUMENT = json.load(file)
PARAMETERS = DOCUMENT["components"]["parameters"]
problems = []
seen = {}  # header -> found in an answer; (operationId, status) -> answered


def wrong(where, what):
    problems.append(f"{where}: {what}")


# ---- the server ----------------------------------------------------------------------------------------------------


class Server(Running):
    def ask(self, method, target, fields=()):
        """Status, fields by name in small letters, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, target, headers=dict(fields))
        answer = connection.getresponse()
        result = answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        connection.close()
        return result

    def stop(self):
        self.process.terminate()
        if self.process.wait(timeout=60):
            wrong("the server", f"ended with exit code {self.process.returncode}")


# ---- schemas -------------------------------------------------------------------------------------------------------

TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict, "array": list}


def resolve(value):
    while "$ref" in value:
        path = value["$ref"].split("/")[1:]
        value = DOCUMENT
        for name in path:
            value = value[name]
    return value


def faults(value, schema, path="$"):
    """Where the value breaks the schema: what of JSON Schema this document uses."""
    schema = resolve(schema)
    kind = schema.get("type")
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return [f"{path} is no {kind}: {value!r:.60}"]
    found = []
    if "oneOf" in schema and sum(not faults(value, one, path) for one in schema["oneOf"]) != 1:
        found.append(f"{path} fits not one of oneOf")
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path} is not in the enum: {value!r:.60}")
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{path} does not match {schema['pattern']}: {value!r:.60}")
    if isinstance(value, dict):
        found += [f"{path} lacks {name}" for name in schema.get("required", []) if name not in value]
        members = schema.get("properties")
        for name, item in value.items() if members else ():
            found += faults(item, members[name], f"{path}.{name}") if name in members else [f"{path}.{name} is not described"]
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += faults(item, schema.get("items", {}), f"{path}[{i}]")
    return found


def self_test():
    """The validator sees what is wrong."""
    good = {"name": "x", "summary": "y"}
    schema = {"type": "object", "properties": {"name": {"type": "string", "pattern": "^x$"}, "summary": {"enum": ["y"]}},
              "required": ["name"]}
    cases = [(good, 0), ({}, 1), ({"name": 1}, 1), ({"name": "y"}, 1), ({**good, "more": 1}, 1), ({**good, "summary": "z"}, 1),
             ([], 1)]
    for value, wanted in cases:
        if len(faults(value, schema)) != wanted:
            wrong("the validator", f"{value} has {faults(value, schema)}")


# ---- answers -------------------------------------------------------------------------------------------------------


def value_of(text, schema):
    """A field's value as its schema wants it."""
    try:
        return {"integer": int, "number": float}.get(schema["type"], str)(text)
    except ValueError:
        return text


def check_headers(where, answer, fields):
    described = answer.get("headers", {})
    for name, header in described.items():
        header = resolve(header)
        text = fields.get(name.lower())
        if text is None:
            if header.get("required"):
                wrong(where, f"lacks {name}")
            continue
        seen[name] = True
        for fault in faults(value_of(text, header["schema"]), header["schema"], name):
            wrong(where, fault)
    known = {name.lower() for name in described}
    if described:
        for name in fields:
            if name.startswith("x-tensor") and name not in known:
                wrong(where, f"{name} is not described")


def check_content(where, answer, fields, body):
    content = answer.get("content", {})
    kinds = {kind.replace(" ", ""): described for kind, described in content.items()}
    kind = fields.get("content-type", "").replace(" ", "")
    described = kinds.get(kind, kinds.get(kind.partition(";")[0]))
    if described is None:
        wrong(where, f"{kind} is not among {list(content)}")
    elif "json" in kind and "schema" in described:
        for fault in faults(json.loads(body), described["schema"]):
            wrong(where, fault)


def check(server, path, target, wanted, fields=(), methods=("GET", "HEAD")):
    """Ask by GET and HEAD; hold both answers to the operation of the path."""
    for method in methods:
        operation = DOCUMENT["paths"][path][method.lower()]
        where = f"{method} {target} {dict(fields) or ''}"
        status, got, body = server.ask(method, target, fields)
        if str(status) != wanted:
            wrong(where, f"answered {status}, not {wanted}")
        if str(status) not in operation["responses"]:
            wrong(where, f"{status} is not described")
            continue
        seen[operation["operationId"], str(status)] = True
        answer = resolve(operation["responses"][str(status)])
        check_headers(where, answer, got)
        if method == "HEAD" and body:
            wrong(where, "has a body")
        if method == "GET" and status != 304:
            check_content(where, answer, got, body)


# ---- what is asked -------------------------------------------------------------------------------------------------


def check_operations(server):
    for path, operations in DOCUMENT["paths"].items():
        get = operations["get"]
        target = get["x-weightd-example"]
        check(server, path, target, "200")
        check(server, path, target, "200", {"Accept-Encoding": "gzip"}, methods=("HEAD",))
        for status, fields in (("206", {"Range": "bytes=1-3"}), ("206", {"Range": "bytes=0-3,-4"}),
                               ("304", {"If-None-Match": "*"}), ("412", {"If-Match": '"other"'}),
                               ("416", {"Range": "bytes=99999999-"}), ("431", {"X-Long": "x" * 40000})):
            if status in get["responses"]:
                # HEAD knows no ranges (RFC 9110, 14.2).
                check(server, path, target, status, fields, ("GET",) if "Range" in fields else ("GET", "HEAD"))


def check_tensors(server):
    for target in ("/init?scheme=zeros&shape=", "/init?scheme=xavier_uniform&shape=4,4&format=json&layout=oi",
                   "/init?scheme=orthogonal&shape=4,4&format=npy&dtype=f64", "/init?scheme=ones&shape=4&format=safetensors",
                   "/init?scheme=ones&shape=4&format=sha256", "/init?scheme=ones&shape=4,5&format=sha256sum&of=npy",
                   "/init?scheme=ones&shape=4,5&format=npy&order=F", "/init?scheme=sparse&shape=4,4",
                   "/init?like=torch&scheme=normal&shape=4&format=json&flat=1",
                   "/init?scheme=normal&shape=64,64&slice=0:2,:&format=json", "/init?scheme=ones&shape=2048,2048&format=raw"):
        check(server, "/init", target, "200")
    check(server, "/init", TENSOR, "200", {"Want-Repr-Digest": "sha-256=1", "Want-Content-Digest": "sha-256=1"})
    check(server, "/init", "/init?scheme=ones&shape=999&format=json", "200", {"Accept-Encoding": "gzip"}, ("HEAD",))
    for path, start in (("/init", "/init?scheme=ones&shape=4"), ("/{scheme}/{shape}", "/ones/4?seed=1")):
        check(server, path, f"{start}&gain=2", "400")
        check(server, path, start, "406", {"Accept": "image/png"})
        check(server, path, start.replace("4", "1000000,1000000"), "413")
        check(server, path, f"{start}&format=json", "416", {"Range": "bytes=9999-"}, ("GET",))
    check(server, "/{scheme}/{shape}", "/ones/4x5.npy.sha256sum", "200")
    check(server, "/{scheme}/{shape}", "/nothing/4", "400")
    check(server, "/schemes/{name}", "/schemes/nothing", "404")
    for path, end in (("/models/{model}", ".safetensors"), ("/models/{model}/{file}", "/config.json")):
        check(server, path, f"/models/tiny-llama{end}?seed=x", "400")
        check(server, path, f"/models/nothing{end}", "404")
        check(server, path, f"/models/tiny-llama{end}?num_hidden_layers=4000000", "413")
    check(server, "/model", "/model", "400")
    check(server, "/model", "/model?layers=linear:4,3&file=nothing", "404")
    check(server, "/model", "/model?layers=embedding:9999999999999999,9999999999999999", "413")
    for format in set(DOCUMENT["components"]["parameters"]["model_format"]["schema"]["enum"]) - {"gguf"}:  # of architectures
        check(server, "/model", f"/model?layers=linear:4,3&format={format}", "200", methods=("HEAD",))
    check(server, "/models/{model}", "/models/tiny-llama?dtype=bf16&init=orthogonal&vocab_size=64", "200")
    check(server, "/", "/?shape=4,x", "400")
    check(server, "/", "/?depth=1000", "400")
    check(server, "/plan", "/plan?scheme=he_normal&shape=4,x", "400")
    check(server, "/fit", "/fit?shape=4,4", "400")
    for name in PARAMETERS["path_picture"]["schema"]["enum"]:
        has_shape, has_scheme = name.startswith(("histogram", "heat", "versus")), not name.startswith("grid")
        tensor = "scheme=he_normal&" * has_scheme + "shape=32,32&" * has_shape + "vs=torch,jax&" * name.startswith("versus") + "seed=7"
        check(server, "/plot/{picture}", f"/plot/{name}?{tensor}&size=s&theme=dark", "200", methods=("GET", "HEAD"))
        check(server, "/plot/{picture}", f"/plot/{name}?{tensor}&theme=neon", "400")
    check(server, "/plot/{picture}", "/plot/sweep.png?scheme=he_normal", "404")
    check(server, "/plot/{picture}", "/plot/sweep.svg?scheme=he_normal&width=512&depth=200&batch=256", "413")
    check(server, "/plan", "/plan?scheme=zeros&shape=1000000,1000000", "200")
    check(server, "/problems/{slug}", "/problems/nothing", "404")
    check(server, "/recommend", "/recommend?activation=nothing", "400")
    check(server, "/recommend", "/recommend", "200")
    check(server, "/recommend", "/recommend?a=0.2", "200")
    check(server, "/recommend", "/recommend?activation=relu&a=0.2", "400")
    rows = json.loads(server.ask("GET", "/recommend?a=0.2")[2])["recommendations"]
    for row in rows:
        if ("a=0.2" in row["url"]) != (row["activation"] == "leaky_relu"):
            wrong("/recommend?a=0.2", f"{row['activation']} has the url {row['url']}")


def check_draining():
    server = Server("--drain-delay", "5s")
    server.process.send_signal(signal.SIGTERM)
    for _ in range(400):  # the signal takes a moment
        if server.ask("GET", "/readyz")[0] == 503:
            break
        time.sleep(0.01)
    for path in ("/readyz", "/healthz"):
        check(server, path, path, "503")
    server.process.kill()
    server.process.wait()


def check_examples(server):
    """Every example of /schemes; the names that a path takes."""
    tables = json.loads(server.ask("GET", "/schemes")[2])
    rows = tables["schemes"] + [row for like in tables["like"] for row in like["schemes"]]
    for row in rows:
        check(server, "/init", row["example"], "200")
    for name in PARAMETERS["path_name"]["schema"]["enum"]:
        check(server, "/schemes/{name}", f"/schemes/{name}", "200", methods=("GET",))
    for name in PARAMETERS["activation"]["schema"]["enum"]:
        check(server, "/recommend", f"/recommend?activation={name}", "200", methods=("GET",))
    for slug in DOCUMENT["components"]["schemas"]["Slug"]["enum"]:
        check(server, "/problems/{slug}", f"/problems/{slug}", "200", methods=("GET",))
    return {row["name"]: row["example"] for row in tables["schemes"]}


def check_everything_was_seen():
    for operations in DOCUMENT["paths"].values():
        operation = operations["get"]
        for status in operation["responses"]:
            if status != "default" and (operation["operationId"], status) not in seen | dict.fromkeys(NOT_TRIED):
                wrong(operation["operationId"], f"{status} is described and was never answered")
    for name in DOCUMENT["components"]["headers"]:
        if name not in seen:
            wrong(name, "is described and was never sent")


# ---- parameters ----------------------------------------------------------------------------------------------------


def with_parameter(example, name, value):
    path, _, query = example.partition("?")
    pairs = [(k, v) for k, v in urllib.parse.parse_qsl(query, keep_blank_values=True) if k != name]
    return path + "?" + urllib.parse.urlencode(pairs + [(name, value)], safe=",:")


def is_refused(server, target, name):
    """Is the value of this parameter an error?"""
    status, _, body = server.ask("GET", target, {})
    if status == 200:
        return False
    problem = json.loads(body)
    return problem.get("param") == name and problem["type"] in ("/problems/param-value", "/problems/param-unknown")


def values_of(schema):
    """Values that are taken, values that are not."""
    if "enum" in schema:
        return schema["enum"], ["no-such-name", ""]
    if schema.get("type") == "integer":
        most = schema.get("maximum", 2**64 - 1)
        return [schema["minimum"], most, hex(most)], [schema["minimum"] - 1, most + 1, "1.5", "x"]
    if schema.get("type") == "number":
        least = schema.get("minimum", schema.get("exclusiveMinimum"))
        return ([least] if "minimum" in schema else []) + [schema["maximum"]], \
            ["x", "", "1e999", repr(schema["maximum"] * 1.01)] + ([least] if "exclusiveMinimum" in schema else []) + \
            [repr(least - 1 - abs(least) * 0.01)]
    return [], []


def check_parameter(server, name, parameter, examples):
    takers = parameter.get("x-weightd-schemes")
    example = examples[next(iter(takers))] if takers else TENSOR.replace("&format=raw", "")
    if name == "short_format":
        example = "/ones/4"
    if name in ("fit_std", "fit_max"):
        example = "/fit?shape=8,8&std=1e-30"
    if name in OF_MODELS:
        example = "/models/tiny-llama?seed=7" + ("&like=torch&dtype=bf16" if name == "drawn" else "")
    if name == "model_format":  # as format, of other names
        return
    if name == "drawn":  # in f32, or in the type of the model
        parameter = {**parameter, "schema": {**parameter["schema"], "enum": ["f32", "bf16"]}}
    name = parameter["name"]
    good, bad = values_of(parameter["schema"])
    for value, refused in [(v, False) for v in good] + [(v, True) for v in bad]:
        if name == "scheme" and not refused:
            continue  # some are of like= alone
        target = with_parameter(example, name, value)
        if is_refused(server, target, name) != refused:
            wrong(f"parameter {name}", f"{target} is {'taken' if refused else 'refused'}, against its schema")


def check_parameters(server, examples):
    for name, parameter in PARAMETERS.items():
        if parameter["in"] == "query" and name != "activation" and name not in OF_PAGE:
            check_parameter(server, name, parameter, examples)


def default_fault(server, target, parameter):
    """A default that is sent is what leaving it out is: one entity tag. What differs, or None."""
    name, value = parameter["name"], parameter["schema"]["default"]
    if f"{name}=" in target:
        return None
    sent = target + ("&" if "?" in target else "?") + urllib.parse.urlencode({name: value})
    (status, fields, body), (got_status, got, got_body) = server.ask("GET", target), server.ask("GET", sent)
    same = ("etag", "content-type", "content-location", "content-disposition")
    if got_status == status == 200 and fields["content-type"].startswith("text/html"):
        return None  # the page repeats the request as it was made
    if got_status == status == 200 and body == got_body and all(fields.get(f) == got.get(f) for f in same):
        return None
    return f"{sent} is answered {got_status}, and not as without {name}"


def check_defaults(server):
    """Every default of the document in the example of every operation, and of every scheme of every framework."""
    tables = json.loads(server.ask("GET", "/schemes")[2])
    rows = tables["schemes"] + [row for like in tables["like"] for row in like["schemes"]]
    asked = [(operations["get"]["x-weightd-example"], operations["get"]) for operations in DOCUMENT["paths"].values()]
    asked += [(row["example"], DOCUMENT["paths"]["/init"]["get"]) for row in rows]
    asked += [(f"/{row['name']}/4x4x3x3{end}", DOCUMENT["paths"]["/{scheme}/{shape}"]["get"]) for row in tables["schemes"]
              if row["rank_min"] <= 4 <= row["rank_max"] for end in ("", ".npy", ".safetensors", ".json", ".csv.sha256sum")]
    tried = 0
    for target, operation in asked:
        for parameter in map(resolve, operation.get("parameters", [])):
            if parameter["in"] == "query" and "default" in parameter["schema"]:
                fault = default_fault(server, target, parameter)
                tried += 1
                if fault:
                    wrong(f"default of {parameter['name']}", fault)
    if tried < 500:
        wrong("defaults", f"only {tried} were tried")


# ---- the page ------------------------------------------------------------------------------------------------------


def check_page(server):
    page = server.ask("GET", "/")[2].decode()
    links = re.findall(r'href="([^"]+)"', page)
    if len(links) < 5:
        wrong("/", "has few links")
    ids = set(re.findall(r'id="([^"]+)"', page))
    for link in links:
        if link.startswith("#"):
            if link[1:] not in ids:
                wrong("/", f"{link} is nowhere")
            continue
        status, _, _ = server.ask("GET", link.replace("&amp;", "&").partition("#")[0])
        if status != 200:
            wrong("/", f"{link} is answered {status}")


def main():
    self_test()
    server = Server("--max-bytes", "64M", "--cache-bytes", "8M")
    try:
        check_operations(server)
        check_tensors(server)
        check_parameters(server, check_examples(server))
        check_defaults(server)
        check_page(server)
    finally:
        server.stop()
    check_draining()
    check_everything_was_seen()
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
