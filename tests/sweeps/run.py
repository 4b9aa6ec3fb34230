#!/usr/bin/env python3
"""Sweeps over every route that the program declares, made from its own OpenAPI document.

    tests/sweeps/run.py --daybook PATH

No token, an invalid one, another tenant's ids, a missing permission, and every kind of hostile body and query. A route that is
added tomorrow is swept tomorrow; the only list of exceptions below may only shrink.
"""
import argparse
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from tests.kit.server import Server, new_id  # noqa: E402

PROBLEM = "application/problem+json"
# Routes whose permission is empty: everybody who is signed in may ask.
OPEN_TO_ALL = {"GET /me", "GET /permissions"}


class Route:
    def __init__(self, method, path, operation, document):
        self.method, self.path, self.operation, self.document = method, path, operation, document
        self.name = f"{method} {path}"

    def url(self, ids=None):
        """The path with ids that are well formed and unknown, of the kind that the document states."""
        path = self.path
        for p in self.operation.get("parameters", []):
            if p.get("in") == "path":
                path = path.replace("{" + p["name"] + "}", (ids or {}).get(p["name"]) or self.some_id(p))
        return path

    def some_id(self, parameter):
        pattern = self.resolve(parameter.get("schema", {})).get("pattern", "")
        prefix = pattern.lstrip("^").split("_")[0]
        return new_id(prefix) if prefix.isalpha() else "unknown"

    def resolve(self, schema):
        while "$ref" in schema:
            schema = self.document["components"]["schemas"][schema["$ref"].split("/")[-1]]
        return schema

    def content(self):
        return self.operation.get("requestBody", {}).get("content", {})

    def media_type(self):
        kinds = list(self.content())
        return kinds[0] if kinds else None

    def body_schema(self):
        kind = self.media_type()
        return self.resolve(self.content()[kind].get("schema", {})) if kind else None

    def example(self):
        kind = self.media_type()
        if not kind:
            return None
        content = self.content()[kind]
        if "example" in content:
            return content["example"]
        examples = list(content.get("examples", {}).values())
        return examples[0].get("value") if examples else {}

    def takes_body(self):
        return self.media_type() is not None and self.method in ("POST", "PATCH", "PUT")


class Sweep:
    def __init__(self, program):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="daybook-sweep-"))
        self.server = Server(program, self.scratch / "data", "--demo", "--log-level", "off")
        self.owner = self.server.sign_in()
        self.server.run("tenant", "create", "elsewhere")
        self.stranger = self.server.run("token", "--tenant", "elsewhere", "--role", "owner").strip().splitlines()[-1]
        made = self.server.call("POST", "/roles", {"name": "nobody", "permissions": []}, headers={"Idempotency-Key": "nobody"})
        assert made.status == 201, made.text
        self.nobody = self.server.run("token", "--tenant", "kitchen", "--role", "nobody").strip().splitlines()[-1]
        document = self.server.call("GET", "/api/v1/openapi.json").json
        self.routes = [Route(m.upper(), p.removeprefix("/api/v1"), o, document)
                       for p, methods in document["paths"].items() if not p.endswith("/openapi.json")
                       for m, o in methods.items() if m in ("get", "post", "patch", "put", "delete")]
        self.routes = [r for r in self.routes if r.operation.get("security", [True]) and not r.path.endswith("/daybook/stream")]
        assert len(self.routes) > 40, f"the document declares only {len(self.routes)} routes"
        self.checks, self.failures = 0, []

    def expect(self, route, what, answer, statuses, code=None, pointer=None):
        self.checks += 1
        wrong = []
        if answer.status not in statuses:
            wrong.append(f"status {answer.status}, not {statuses}")
        elif answer.status >= 400:
            if answer.headers.get("content-type", "").split(";")[0] != PROBLEM:
                wrong.append(f"content type {answer.headers.get('content-type')}")
            else:
                problem = answer.json
                missing = [m for m in ("type", "title", "status", "code", "request_id") if m not in problem]
                if missing:
                    wrong.append(f"the problem lacks {missing}")
                if code and problem.get("code") != code:
                    wrong.append(f"code {problem.get('code')}, not {code}")
                if pointer and pointer not in [e["pointer"] for e in problem.get("errors", [])]:
                    wrong.append(f"no error points at {pointer}: {problem.get('errors')}")
        if wrong:
            self.failures.append(f"{route.name}: {what}: {'; '.join(wrong)}: {answer.text[:200]}")

    def call(self, route, token=None, body=None, raw=None, query="", headers=None, ids=None):
        sent = {"Idempotency-Key": new_id("key"), "If-Match": "*", **(headers or {})}
        if raw is not None or body is not None:
            sent.setdefault("Content-Type", route.media_type() or "application/json")
        return self.server.call(route.method, route.url(ids) + query, body=body, token=self.owner if token is None else token,
                                headers=sent, raw=raw)

    def who(self, route):
        body = route.example() if route.takes_body() else None
        anonymous = self.server.call(route.method, route.url(), body=body, token="",
                                     headers={"Idempotency-Key": "k", "If-Match": "*"})
        self.expect(route, "no token", anonymous, {401})
        self.expect(route, "an invented token", self.call(route, token="dbt_kitchen." + "A" * 43, body=body), {401})
        self.expect(route, "a token of no tenant", self.call(route, token="dbt_nowhere.AAAA", body=body), {401})
        if route.name not in OPEN_TO_ALL:
            self.expect(route, "no permission", self.call(route, token=self.nobody, body=body), {403}, "auth.forbidden")

    def body(self, route):
        cases = [("not JSON", b"{", 400), ("two documents", b"{} {}", 400), ("trailing comma", b'{"a":1,}', 400),
                 ("invalid UTF-8", b'{"note":"\xff\xfe"}', 400), ("too deep", b"[" * 5000 + b"]" * 5000, 400)]
        for what, raw, status in cases:
            self.expect(route, what, self.call(route, raw=raw), {status})
        self.expect(route, "a list", self.call(route, raw=b"[]"), {400, 422})
        named = "{" in route.path   # the id may be looked up before the body is read
        self.expect(route, "an unknown member", self.call(route, body={**(route.example() or {}), "no_such_member": 1}),
                    {404, 422} if named else {422}, pointer=None if named else "/no_such_member")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.expect(route, "another media type", self.call(route, raw=b"a=b", headers=form), {415})
        self.expect(route, "over a megabyte", self.call(route, raw=b'{"a":"' + b"x" * (1 << 20) + b'"}'), {413})
        for name, schema in (route.body_schema() or {}).get("properties", {}).items():
            self.member(route, name, route.resolve(schema))

    def member(self, route, name, schema):
        example = route.example() or {}
        statuses = {404, 422} if "{" in route.path else {422}
        pointer = None if "{" in route.path else "/" + name
        kinds = schema.get("type") or [s.get("type") for s in schema.get("anyOf", [])]
        kinds = set(kinds if isinstance(kinds, list) else [kinds])
        wrong = {"object": 7, "array": {"a": 1}, "string": 7, "integer": "seven", "boolean": "yes"}
        kind = next((k for k in ("object", "array", "integer", "boolean", "string") if k in kinds), None)
        if kind is None or "$ref" in str(schema.get("anyOf", "")):
            return
        code = "input.invalid" if pointer else None
        answer = self.call(route, body={**example, name: wrong[kind]})
        self.expect(route, f"{name} of the wrong type", answer, statuses, code, pointer)
        if kind == "integer":
            raw = '{"%s":9223372036854775808}' % name
            self.expect(route, f"{name} past int64", self.call(route, raw=raw.encode()), statuses, None, pointer)
            self.expect(route, f"{name} a fraction", self.call(route, body={**example, name: 1.5}), statuses, None, None)
        if kind == "string":
            answer = self.call(route, body={**example, name: "a\u0000b"})
            self.expect(route, f"U+0000 in {name}", answer, statuses, code, pointer)

    def query(self, route):
        self.expect(route, "an unknown query parameter", self.call(route, query="?no_such_parameter=1"), {422})
        for p in route.operation.get("parameters", []):
            if p.get("in") == "query" and route.resolve(p.get("schema", {})).get("type") == "integer":
                for bad in ("seven", "-1", "99999999999999999999"):
                    self.expect(route, f"{p['name']}={bad}", self.call(route, query=f"?{p['name']}={bad}"), {422})

    def strangers(self):
        """Another tenant's ids do not exist."""
        order = self.server.call("GET", "/items?limit=1").json["data"][0]
        for route in self.routes:
            ids = {p["name"]: order["id"] for p in route.operation.get("parameters", []) if p.get("in") == "path"}
            if ids and route.path.startswith("/items/"):
                body = route.example() if route.takes_body() else None
                self.expect(route, "another tenant's id", self.call(route, token=self.stranger, body=body, ids=ids), {404})

    def unknown_ids(self, route):
        if "{" not in route.path:
            return
        body = route.example() if route.takes_body() else None
        if route.media_type() == "application/merge-patch+json":
            body = {}
        self.expect(route, "an unknown id", self.call(route, body=body), {404, 422} if route.takes_body() else {404})

    def run(self):
        for route in self.routes:
            self.who(route)
            if route.takes_body():
                self.body(route)
            if route.method == "GET":
                self.query(route)
            self.unknown_ids(route)
        self.strangers()
        self.root()
        self.server.run("verify")

    def root(self):
        call = self.server.call
        root = Route("GET", "/", {}, {})
        self.expect(root, "unknown route", call("GET", "/no/such/route"), {404})
        wrong = call("DELETE", "/orders")
        self.expect(root, "wrong method", wrong, {405})
        if "allow" not in wrong.headers:
            self.failures.append("DELETE /orders: 405 without Allow")
        for path in ("/healthz", "/readyz", "/metrics", "/docs", "/api/v1/openapi.json"):
            self.expect(root, path, call("GET", path, token=""), {200})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--daybook", required=True)
    args = parser.parse_args()
    sweep = Sweep(args.daybook)
    try:
        sweep.run()
    finally:
        sweep.server.close()
    for failure in sweep.failures:
        print("FAIL", failure)
    print(f"{sweep.checks} checks on {len(sweep.routes)} routes, {len(sweep.failures)} failed")
    return 1 if sweep.failures else 0


if __name__ == "__main__":
    sys.exit(main())
