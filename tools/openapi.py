#!/usr/bin/env python3
"""Write the OpenAPI 3.1 document on standard output, from the program's tables as JSON on standard input.

    build/tests/tables | tools/openapi.py > api/openapi.json        (make api)

Parameters, bounds, enums, defaults, paths, statuses and errors come from the tables: a row of the route table says what its
path answers. What no table holds (the members of an answer, what a header says) is said once, here. weightd serves the file
as it is. tests/check/check_api.sh holds it to the tables and its statements to real answers."""
import json
import re
import sys

SHAPE = "[0-9]+([,x][0-9]+){0,7}"
SLICE_ITEM = "(-?[0-9]+|(-?[0-9]+)?:(-?[0-9]+)?)"
JSON = "application/json"
PROBLEM = "application/problem+json"
INT64_MAX = 2**63 - 1

INFO = {
    "title": "weightd",
    "summary": "Initialized tensors over HTTP: the same URL gives the same bytes on every machine, for ever",
    "description": "Unknown or repeated parameters, bad values and parameters that the scheme does not take are errors, never "
                   "ignored. HEAD, ranges and conditional requests work on every tensor. Errors are "
                   "application/problem+json and name what is allowed.",
    "contact": {"name": "weightd's maintainers"},
    "license": {"name": "MIT", "identifier": "MIT"},
}
TAGS = {
    "tensors": "One tensor, in the format asked for.",
    "pictures": "Pictures of what an initialization does, made from the numbers of /init.",
    "models": "Whole models: the table of their tensors, and files that hold them.",
    "tables": "What there is to ask for, as JSON.",
    "about": "The server, and what it says of itself.",
    "operation": "For those who run the server.",
}

# name: (type, description). A type is a JSON type, "T[]" for a list of T, "any", or the name of another schema. A name that
# ends in "?" is not always there.
SCHEMAS = {
    "Problem": {
        "type": ("string", "/problems/SLUG: what the kind of error means"),
        "title": ("string", "the kind of error in words"),
        "status": ("integer", "the HTTP status"),
        "detail": ("string", "one sentence about this request"),
        "instance?": ("string", "the request target"),
        "param?": ("string", "the parameter at fault"),
        "allowed?": ("string", "what would be accepted"),
        "nearest?": ("string", "the nearest valid name"),
        "example": ("string", "a URL of this server that works"),
    },
    "Tensor": {
        "name": ("string", "name=, else tensor"),
        "shape": ("integer[]", "the dimensions of what is sent"),
        "datatype": ("string", "as in the Open Inference Protocol: FP32, FP64, FP16, BF16"),
        "parameters": ("object", "the canonical request; whether the numbers are exact"),
        "data": ("any[]", "nested lists of numbers, one flat list with flat=1"),
    },
    "Scheme": {
        "name": ("string", "as scheme= takes it"),
        "aliases": ("string", "further names, blank-separated"),
        "formula": ("string", "the distribution of an element"),
        "summary": ("string", "what it is"),
        "best_for": ("string", "where it is the right choice"),
        "known_problem": ("string", "where it is not"),
        "source": ("string", "where it was published"),
        "rank_min": ("integer", "fewest dimensions"),
        "rank_max": ("integer", "most dimensions"),
        "random_access": ("boolean", "any part costs only its own length"),
        "random": ("boolean", "the numbers depend on seed and stream"),
        "parameters": ("SchemeParameter[]", "what it takes beyond the common parameters"),
        "example": ("string", "a request that works"),
    },
    "SchemeParameter": {
        "name": ("string", "name of the query parameter"),
        "type": ("string", "choice, uint, real, bool, name, shape or slice"),
        "help": ("string", "what it does"),
        "minimum?": ("number", "least value"),
        "exclusive_minimum?": ("number", "every value is greater"),
        "maximum?": ("number", "greatest value"),
        "choices?": ("string[]", "the values of a choice"),
        "default?": ("any", "the value when it is not given"),
    },
    "Schemes": {
        "alg": ("integer", "version of the numbers"),
        "schemes": ("Scheme[]", "the native schemes"),
        "common_parameters": ("SchemeParameter[]", "what every scheme takes"),
        "dtypes": ("object[]", "element types with their names elsewhere"),
        "formats": ("object[]", "wire formats with media type and extension"),
        "like": ("object[]", "frameworks whose numbers can be had, with their schemes"),
    },
    "Recommendation": {
        "activation": ("string", "the activation asked for"),
        "scheme": ("string", "the scheme that suits it"),
        "reason": ("string", "why"),
        "source": ("string", "who says so"),
        "formula": ("string", "the scheme's formula"),
        "gain": ("number", "the gain of the url's request"),
        "url": ("string", "a request that follows the advice"),
        "forward_gain?": ("number", "1 / sqrt(E phi(z)^2), z ~ N(0, 1): on the std of LeCun, keeps the size of activations"),
        "backward_gain?": ("number", "1 / sqrt(E phi'(z)^2): keeps the size of gradients"),
        "elasticity?": ("number", "per cent by which E phi^2 grows with 1 % of variance; above 1 chance is amplified"),
        "gain_url?": ("string", "a request whose gain is the backward gain"),
        "depth?": ("string", "what 50 layers of 256 units do to the signal"),
        "picture?": ("string", "that, as a picture"),
        "page?": ("string", "the page that shows it"),
    },
    "Fit": {
        "elements": ("integer", "of the shape"),
        "kind": ("string", "uniform, truncated, normal by max / std; any without max"),
        "matches": ("object[]", "requests that agree within 4 standard errors, the nearest first: request, std, off_by_sd"),
        "closest": ("string", "a request whose standard deviation is std"),
    },
    "Plan": {
        "request": ("string", "the canonical request"),
        "etag": ("string", "of its answer"),
        "bytes": ("integer", "of its body"),
        "elements": ("integer", "of the tensor"),
        "scheme": ("string", "by its name"),
        "shape": ("integer[]", "the dimensions"),
        "dtype": ("string", "element type"),
        "layout": ("string", "which dimensions are channels"),
        "fan_in": ("number", "of the whole tensor"),
        "fan_out": ("number", "likewise"),
        "std": ("any", "standard deviation that the formula gives; null: it gives none"),
        "bound": ("any", "bound of a uniform distribution; null: there is none"),
        "layouts": ("object", "fan_in, fan_out, std and bound for io and for oi; null: it is not served so"),
    },
    "Recommendations": {
        "recommendations": ("Recommendation[]", "one for every activation"),
    },
    "Models": {
        "alg": ("integer", "version of the numbers"),
        "models": ("object[]", "name, architecture, parameters, tensors, bytes in f32, url of the table, file"),
        "formats": ("object[]", "what files there are, with media type and where they are"),
    },
    "Model": {
        "name": ("string", "the preset; empty for what is none"),
        "architecture": ("any", "name of the architecture"),
        "query": ("string", "the parameters, one spelling each"),
        "parameters": ("integer", "elements of trained tensors; tied ones count once"),
        "bytes": ("integer", "of the file that holds all tensors"),
        "file": ("string", "that file"),
        "files": ("string[]", "the same tensors in shards"),
        "config": ("any", "config.json"),
        "tensors": ("ModelTensor[]", "in the order of the file"),
    },
    "ModelTensor": {
        "name": ("string", "in the file"),
        "dtype": ("string", "as safetensors spells it"),
        "shape": ("integer[]", "the dimensions"),
        "offset": ("integer", "of the first byte in the file that holds all"),
        "bytes": ("integer", "of its data"),
        "rule": ("object", "scheme and parameters"),
        "std?": ("number", "standard deviation that the scheme gives"),
        "url?": ("string", "the request of /init with the same bytes, where there is one"),
    },
    "Version": {
        "name": ("string", "weightd"),
        "version": ("string", "of the program"),
        "alg": ("integer", "version of the numbers"),
        "instructions": ("string", "instruction level in use; it never changes the numbers"),
        "compiler": ("string", "that built it"),
        "libmicrohttpd": ("string", "version in use"),
        "jansson": ("string", "version in use"),
    },
}

# A network of layers: bounds, default, meaning.
NETWORK = {
    "depth": (1, 200, 50, "layers"),
    "width": (2, 512, 128, "units of every layer"),
    "batch": (2, 256, 64, "random inputs that are sent through"),
    "bins": (8, 128, 64, "bars of a histogram"),
}

# Of an answer that carries a tensor, as above. "206": only there.
HEADERS = {
    "ETag": ("string", "strong; follows from the canonical request and the content coding alone"),
    "Last-Modified": ("string", "the date of the version of the numbers, the same in every answer; for If-Modified-Since"),
    "Content-Location": ("string", "the canonical request: every parameter that matters, one spelling each"),
    "Content-Disposition": ("string", "a file name to save the body under"),
    "Content-Encoding?": ("string", "gzip, of text formats where Accept-Encoding asks for it"),
    "Cache-Control": ("string", "public, immutable: the bytes of a URL never change"),
    "Cache-Status": ("string", "RFC 9211: hit, stored, collapsed or streamed"),
    "Accept-Ranges": ("string", "bytes"),
    "Content-Range?206": ("string", "the part that is sent, of a 206 with one part"),
    "Vary?": ("string", "Accept where the request names no format, Accept-Encoding where the format is text"),
    "Repr-Digest?": ("string", "RFC 9530: SHA-256 of the whole body, where Want-Repr-Digest asks for it"),
    "Content-Digest?": ("string", "RFC 9530: SHA-256 of what is sent, where Want-Content-Digest asks for it"),
    "X-Tensor-Shape": ("string", "dimensions of what is sent, comma-separated; scalar for a tensor without dimensions"),
    "X-Tensor-Dtype": ("string", "element type"),
    "X-Tensor-Scheme": ("string", "the scheme, by its name"),
    "X-Tensor-Layout": ("string", "which dimensions are channels, and so what the fans are"),
    "X-Tensor-Fan-In": ("number", "fan_in of the whole tensor: as given, or of its shape, layout and groups"),
    "X-Tensor-Fan-Out": ("number", "fan_out of the whole tensor, likewise"),
    "X-Tensor-Std?": ("number", "standard deviation that the formula gives, where it gives one"),
    "X-Tensor-Bound?": ("number", "bound of the uniform distribution, where there is one"),
    "X-Tensor-Order?": ("string", "F: the elements lie by columns; absent: by rows"),
    "X-Tensor-Alg": ("integer", "version of the numbers"),
    "X-Tensor-Exactness": ("string", "exact or approximate: the framework's own bits, or close to them"),
    "X-Tensor-Note?": ("string", "what may surprise in the numbers: sparse of few rows is all zeros"),
    "X-Tensor-Exactness-Note?": ("string", "for which version of the framework, or why not exact"),
}
PATTERNS = {
    "ETag": '^"[0-9a-f]{32}(-gzip)?"$',
    "Content-Location": "^/init\\?alg=",
    "Content-Disposition": '^(inline|attachment); filename="[!-~]+"$',
    "Content-Encoding": "^gzip$",
    "Accept-Ranges": "^bytes$",
    "Content-Range": "^bytes [0-9]+-[0-9]+/[0-9]+$",
    "Repr-Digest": "^sha-256=:[A-Za-z0-9+/]{43}=:$",
    "Content-Digest": "^sha-256=:[A-Za-z0-9+/]{43}=:$",
    "X-Tensor-Shape": "^(scalar|[0-9]+(,[0-9]+){0,7})$",
    "X-Tensor-Layout": "^(io|oi|iohw|hwoi|hwcm)$",
    "X-Tensor-Order": "^F$",
    "X-Tensor-Exactness": "^(exact|approximate)$",
}


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def enum(names):
    return {"type": "string", "enum": list(dict.fromkeys(names))}


def names_of(rows):
    """The names of the rows first, their aliases last."""
    return [row["name"] for row in rows] + [alias for row in rows for alias in row["aliases"].split()]


# ---- parameters ----------------------------------------------------------------------------------------------------


def all_schemes(tables):
    return names_of([row for table in tables["schemes"] for row in table])


def uint_schema(param):
    """Hexadecimal and more than 63 bits are taken, too; but most generators make a type of their own of what may be two, and
    know no larger integers."""
    most = int(param["uint_max"])
    return {"type": "integer", "format": "int64", "minimum": int(param["uint_min"]), **({"maximum": most} if most <= INT64_MAX else {})}


def real_schema(param):
    return {"type": "number", "format": "double", "exclusiveMinimum" if param["open_min"] else "minimum": param["min"],
            "maximum": param["max"]}


def text_schema(pattern, **more):
    return {"type": "string", "pattern": f"^{pattern}$", **more}


def value_schema(param, tables):
    if param["name"] == "scheme":
        return enum(all_schemes(tables))
    return {
        "choice": lambda: enum(param["choices"]),
        "uint": lambda: uint_schema(param),
        "real": lambda: real_schema(param),
        "bool": lambda: enum(["0", "1", "false", "true"]),
        "name": lambda: text_schema("[^\\u0000-\\u001f\\u007f-\\u009f]*", maxLength=tables["name_max"]),
        "shape": lambda: text_schema(f"({SHAPE})?"),
        "slice": lambda: text_schema(f"{SLICE_ITEM}(,{SLICE_ITEM}){{0,7}}"),
        "past": lambda: text_schema("[a-z_0-9:,]+"),
    }[param["type"]]()


def query_parameter(param, tables):
    """A common parameter has one default, or one that frameworks do not share; another one is listed with the native schemes that
    take it and their defaults."""
    result = {"name": param["name"], "in": "query", "description": param["help"],
              "required": param["name"] in ("scheme", "shape")}
    schema = value_schema(param, tables)
    if param["schemes"]:
        result["x-weightd-schemes"] = param["schemes"]
    elif "default" in param:
        schema["default"] = param["default"]
    elif "native_default" in param:
        result["x-weightd-native-default"] = param["native_default"]
    if param["type"] == "shape":
        result["allowEmptyValue"] = True
    return {**result, "schema": schema}


def path_parameter(name, description, schema):
    return {"name": name, "in": "path", "description": description, "required": True, "schema": schema}


def parameters(tables):
    result = {param["name"]: query_parameter(param, tables) for param in tables["params"]}
    every, files, digests = ("|".join(format["extension"] for format in tables["formats"] if format["digest"] in kinds)
                             for kinds in ((False, True), (False,), (True,)))
    result["path_scheme"] = path_parameter("scheme", result["scheme"]["description"], enum(all_schemes(tables)))
    result["path_shape"] = path_parameter("shape", "the shape, and a format by its extension: 256x128.npy; or the digest of a file: "
                                          "256x128.npy.sha256sum",
                                          text_schema(f"(scalar|{SHAPE})(\\.({every})|\\.({files})\\.({digests}))?"))
    result["path_name"] = path_parameter("name", "a native scheme or an alias of one", enum(names_of(tables["schemes"][0])))
    result["path_picture"] = path_parameter("picture", "what is shown, and a format behind a dot", enum(tables["pictures"]))
    result["path_slug"] = path_parameter("slug", "the last segment of a problem's type", ref("schemas", "Slug"))
    result["path_model"] = path_parameter("model", "a model, and a format behind a dot: tiny-llama.safetensors", {"type": "string"})
    result["path_file"] = path_parameter("file", "a name from files of the model's table, or config.json", {"type": "string"})
    result["shard"] = {"name": "shard", "in": "query", "description": "bytes of data that a shard holds at most",
                       "required": False, "schema": {"type": "integer", "format": "int64", "minimum": 1, "default": 5000000000}}
    result["init"] = {"name": "init", "in": "query", "required": False, "schema": enum(names_of(tables["schemes"][0])),
                      "description": "scheme of the matrices; without it tensors are drawn as the model's library does"}
    result["calls"] = {"name": "init", "in": "query", "required": False, "schema": {"type": "string"},
                       "description": "scheme of the matrices, or what is called on the stack: weight:xavier_uniform;bias:zeros"}
    result["model_like"] = {"name": "like", "in": "query", "required": False, "schema": enum(["native", "torch"]),
                            "description": "torch: the numbers that torch gives this model after manual_seed(seed)"}
    result["drawn"] = {"name": "drawn", "in": "query", "required": False, "schema": enum(["f32", "f64", "f16", "bf16"]),
                       "description": "like=torch: the dtype in which the model is made, before it is converted to dtype"}
    result["layers"] = {"name": "layers", "in": "query", "required": False, "schema": {"type": "string"},
                        "description": "torch's modules with their arguments: linear:784,256;relu;linear:256,10"}
    result["file"] = {"name": "file", "in": "query", "required": False, "schema": {"type": "string"},
                      "description": "a file of the model's folder, instead of format"}
    result["model_format"] = {"name": "format", "in": "query", "required": False,
                              "schema": {**enum(tables["model_formats"]), "default": "json"},
                              "description": "json: the table of tensors; else all tensors in one file, or its digest"}
    for name, (least, most, initially, text) in NETWORK.items():
        result[name] = {"name": name, "in": "query", "description": text, "required": False,
                        "schema": {"type": "integer", "minimum": least, "maximum": most, "default": initially}}
    for name, text in [("std", "standard deviation of the tensor's values"), ("max", "largest magnitude of its values")]:
        result[f"fit_{name}"] = {"name": name, "in": "query", "description": text, "required": name == "std",
                                 "schema": {"type": "number", "minimum": 1e-30, "maximum": 1e30}}
    result["theme"] = {"name": "theme", "in": "query", "required": False, "schema": {**enum(["auto", "light", "dark", "page"]), "default": "auto"},
                       "description": "colours: auto is what the reader prefers, page leaves them to a style sheet"}
    result["size"] = {"name": "size", "in": "query", "required": False, "schema": {**enum(["m", "s", "l"]), "default": "m"},
                      "description": "640, 360 or 860 pixels wide"}
    result["vs"] = {"name": "vs", "in": "query", "required": False, "style": "form", "explode": False,
                    "description": "a versus requires it: names of like=, with whose numbers the tensor is compared",
                    "schema": {"type": "array", "maxItems": 4, "uniqueItems": True, "items": enum(result["like"]["schema"]["enum"])}}
    result["short_format"] = {**result["format"], "description": "wire format, where the path has no extension",
                              "schema": enum(result["format"]["schema"]["enum"])}
    result["activation"] = {
        "name": "activation", "in": "query",
        "description": "the activation that follows the layer; without it every row is answered",
        "required": False, "schema": enum(names_of(tables["activations"]))}
    return result


def parameters_of(route, tables):
    """One for each {name} of the path, then those of the query."""
    in_path = re.findall(r"{(\w+)}", route["path"])
    of_tensor = [p["name"] for p in tables["params"] if p["name"] not in in_path]
    query = (of_tensor if route["takes_tensor"] or not route["type"] else []) + route["query"]
    own = {("short", "format"): "short_format", ("model", "like"): "model_like",
           ("modelFile", "like"): "model_like", ("sentModel", "like"): "model_like",
           ("fit", "std"): "fit_std", ("fit", "max"): "fit_max", ("sentModel", "format"): "model_format", ("sentModel", "init"): "calls"}
    return [ref("parameters", own.get((route["id"], name), name)) for name in [f"path_{name}" for name in in_path] + query]


# ---- answers -------------------------------------------------------------------------------------------------------


def tensor_headers(status):
    """Those of a 200 or 206."""
    split = [name.partition("?") for name in HEADERS]
    return {name: ref("headers", name) for name, _, only in split if only in ("", status)}


def tensor_answer(status, tables):
    """A part of a body is bytes of its media type that no schema describes."""
    content = {}
    for format in tables["formats"]:
        kind = format["media_type"]
        schema = ref("schemas", "Tensor") if kind == JSON else {"type": "string", **({} if format["text"] else {"format": "binary"})}
        names = content.get(kind, {}).get("x-weightd-format", "").split()
        content[kind] = {"schema": schema} if status == "200" else {}
        content[kind]["x-weightd-format"] = " ".join([*names, format["name"]])
    return {"headers": tensor_headers(status), "content": content}


def own_answer(route):
    """A type of the row, or each of several; schemas are of JSON."""
    content = {}
    for kind in [kind.partition(";")[0] for kind in route["type"].replace("; ", ";").split()]:
        names = (route["schema"] or "").split()
        schema = {"type": "object"} if kind == JSON else {"type": "string", **({"format": "binary"} if kind == "image/png" else {})}
        if names:
            schema = ref("schemas", names[0]) if len(names) == 1 else {"oneOf": [ref("schemas", name) for name in names]}
        content[kind] = {"schema": schema}
    return content


def partial(route, tables):
    answer = {"description": "the parts that Range names"}
    if route["type"]:
        content = {kind: {} for kind in own_answer(route)}
    else:
        answer.update(tensor_answer("206", tables))
        content = answer.pop("content")
    return {**answer, "content": {**content, "multipart/byteranges": {}}}


def responses(route, tables):
    what = "the tensor" if not route["type"] else route["summary"]
    body = {"content": own_answer(route)} if route["type"] else tensor_answer("200", tables)
    result = {"200": {"description": what, **body}}
    for status in sorted((route["statuses"] or "").split()):
        if status == "206":
            result[status] = partial(route, tables)
        elif status == "304":
            result[status] = {"description": "what If-None-Match or If-Modified-Since names is " + ("the tensor" if not route["type"] else "this")}
        elif status == route["plain"]:
            result[status] = {"description": route["summary"], "content": own_answer(route)}
        else:
            result[status] = ref("responses", f"Problem{status}")
    if not any(status.startswith("4") for status in result):
        result["431"] = ref("responses", "Problem431")  # every request can have too large a header
    result["default"] = ref("responses", "Problem")
    return result


# With --token-file every path wants it but those that say otherwise.
TOKEN = {"type": "http", "scheme": "bearer", "description": "a token of --token-file, where the server has one"}

SENT = {"description": "a config.json, a stack {layers: [...], init: ...}, the header of a safetensors file, an "
                       "index with shapes, or a list of tensors",
        "required": True, "content": {JSON: {"schema": {}}, "application/octet-stream": {}}}


def operation(route, tables, method):
    answers = responses(route, tables)
    head = method == "HEAD"
    result = {"operationId": {"HEAD": "head_", "POST": "post_"}.get(method, "") + route["id"], "tags": [route["tag"]],
              "summary": route["summary"] + (": the header alone" if head else ""),
              "description": f"{route['summary']}. {TAGS[route['tag']]}" + (" The header alone, without a body." if head else "")}
    if route["open"]:
        result["security"] = []
    if method == "POST":
        result["requestBody"] = SENT
        for status in ("206", "304", "412", "416"):  # of a GET
            answers.pop(status, None)
    if parameters_of(route, tables):
        result["parameters"] = parameters_of(route, tables)
    if head:
        for answer in answers.values():
            answer.pop("content", None)
            answer.get("headers", {}).pop("Cache-Status", None)  # nothing is made for HEAD
    result["responses"] = answers
    return {**result, "x-weightd-example": route["example"]}


# ---- components ----------------------------------------------------------------------------------------------------


def type_schema(kind):
    if kind.endswith("[]"):
        return {"type": "array", "items": type_schema(kind[:-2])}
    if kind in SCHEMAS:
        return ref("schemas", kind)
    if kind == "integer":
        return {"type": kind, "format": "int64"}  # else generators make it 32 bits wide
    return {} if kind == "any" else {"type": kind}


def object_schema(members):
    return {"type": "object",
            "properties": {name.rstrip("?"): {**type_schema(kind), "description": text}
                           for name, (kind, text) in members.items()},
            "required": [name for name in members if not name.endswith("?")]}


def schemas(tables):
    result = {name: object_schema(members) for name, members in SCHEMAS.items()}
    result["Slug"] = enum(problem["slug"] for problem in tables["problems"])
    result["Slug"]["x-weightd-meaning"] = {p["slug"]: f"{p['status']}: {p['meaning']}" for p in tables["problems"]}
    return result


def headers():
    result = {}
    for name, (kind, text) in HEADERS.items():
        name, optional, _ = name.partition("?")
        schema = {"type": kind, "pattern": PATTERNS[name]} if name in PATTERNS else {"type": kind}
        result[name] = {"description": text, **({} if optional else {"required": True}), "schema": schema}
    return result


def problem_responses(tables, paths):
    """One response per status that an operation lists, which names the kinds of errors that have it; the others are told of in one."""
    used = json.dumps(paths)
    slugs = {}
    for problem in tables["problems"]:
        slugs.setdefault(f"Problem{problem['status']}", []).append(problem["slug"])
    texts = {name: ", ".join(kinds) for name, kinds in slugs.items() if f'/{name}"' in used}
    others = [f"{name.removeprefix('Problem')} {', '.join(kinds)}" for name, kinds in slugs.items() if name not in texts]
    texts["Problem"] = "an error that any request can meet: " + "; ".join(others)
    return {name: {"description": text, "content": {PROBLEM: {"schema": ref("schemas", "Problem")}}}
            for name, text in texts.items()}


def document(tables):
    info = {"title": INFO["title"], "version": tables["version"], **INFO}
    paths = {route["path"]: {method.lower(): operation(route, tables, method)
                             for method in (route["methods"] or "GET, HEAD").split(", ")}
             for route in tables["routes"]}
    return {"openapi": "3.1.0", "info": info, "servers": [{"url": "/"}], "security": [{}, {"token": []}],
            "tags": [{"name": name, "description": text} for name, text in TAGS.items()], "paths": paths,
            "components": {"parameters": parameters(tables), "headers": headers(), "schemas": schemas(tables),
                           "responses": problem_responses(tables, paths), "securitySchemes": {"token": TOKEN}}}


if __name__ == "__main__":
    json.dump(document(json.load(sys.stdin)), sys.stdout, indent=2, ensure_ascii=False)
    print()
