"""What every route is asked: by nobody, by strangers, without permission, with hostile bodies and queries, and twice."""
from tests.kit.server import Answer, Server, new_id

from .routes import Route, kinds, routes_of
from .things import Things

PROBLEM = "application/problem+json"
# Routes whose permission is empty: everybody who is signed in may ask.
OPEN_TO_ALL = {"GET /me", "GET /permissions", "GET /sessions", "DELETE /sessions/{id}", "POST /me/totp", "POST /me/totp/confirm",
               "POST /me/totp/remove"}
# What a stranger brings who knows nothing, to routes that need no token.
GUESSES = {
    "POST /auth/login": {"tenant": "kitchen", "email": "guess@example.com", "password": "guess"},
    "POST /auth/refresh": {"refresh_token": "dbr_kitchen." + "A" * 80},
    "POST /auth/logout": {"refresh_token": "dbr_kitchen." + "A" * 80},
    "POST /auth/pin": {"device_token": "dbd_kitchen." + "A" * 43, "pin": "2580"},
    "POST /devices/pair": {"code": "kitchen.ABCD-EFGH"},
}
WRONG = {"object": 7, "array": {"a": 1}, "string": 7, "integer": "seven", "boolean": "yes", "number": "much"}


class Sweep:
    def __init__(self, program, data):
        self.server = Server(program, data, "--demo", "--log-level", "off")
        self.owner = self.server.sign_in()
        self.server.run("tenant", "create", "elsewhere")
        self.stranger = self.token("elsewhere", "owner")
        made = self.server.call("POST", "/roles", {"name": "nobody", "permissions": []}, headers={"Idempotency-Key": "nobody"})
        assert made.status == 201, made.text
        self.nobody = self.token("kitchen", "nobody")
        self.routes = routes_of(self.server.call("GET", "/api/v1/openapi.json").json)
        assert len(self.routes) > 40, f"the document declares only {len(self.routes)} routes"
        self.things = Things(self.server, self.routes)
        self.checks, self.failures = 0, []
        self.connection = None

    def token(self, tenant, role):
        return self.server.run("token", "--tenant", tenant, "--role", role).strip().splitlines()[-1]

    def expect(self, route, what, answer: Answer, statuses, code=None, pointer=None):
        self.checks += 1
        wrong = []
        if answer.status not in statuses:
            wrong.append(f"status {answer.status}, not {statuses}")
        elif answer.status >= 400:
            if answer.headers.get("content-type", "").split(";")[0] != PROBLEM:
                wrong.append(f"content type {answer.headers.get('content-type')}")
            else:
                problem = answer.json
                missing = [m for m in ("type", "title", "status", "detail", "code", "request_id") if m not in problem]
                if missing:
                    wrong.append(f"the problem lacks {missing}")
                if code and problem.get("code") != code:
                    wrong.append(f"code {problem.get('code')}, not {code}")
                if pointer is not None and pointer not in [e["pointer"] for e in problem.get("errors", [])]:
                    wrong.append(f"no error points at {pointer}: {problem.get('errors')}")
        if wrong:
            self.failures.append(f"{route.name}: {what}: {'; '.join(wrong)}: {answer.text[:200]}")

    def call(self, route, token=None, body=None, raw=None, query="", headers=None, ids=None) -> Answer:
        sent = {"Idempotency-Key": new_id("key"), "If-Match": "*", **(headers or {})}
        if raw is not None or body is not None:
            sent.setdefault("Content-Type", route.media_type() or "application/json")
        connection, self.connection = self.connection or self.server.connection(timeout=30), None
        try:
            answer = self.server.call(route.method, route.url(ids) + query, body, self.owner if token is None else token, sent,
                                      connection, raw)
        except OSError:  # it was closed meanwhile
            connection.close()
            connection = self.server.connection(timeout=30)
            answer = self.server.call(route.method, route.url(ids) + query, body, self.owner if token is None else token, sent,
                                      connection, raw)
        if answer.headers.get("connection", "").lower() != "close":
            self.connection = connection
        return answer

    # ---- who ----

    def stranger_asks(self, route):
        """No token is no reason to be refused, a wrong credential is; what else is shown does not count."""
        for token in ("", self.owner, "x" * 600):
            self.expect(route, "a guess", self.call(route, token=token, body=GUESSES[route.name]), {401, 429})
        for tenant in ("nowhere", "elsewhere"):
            guess = {k: v.replace("kitchen", tenant) for k, v in GUESSES[route.name].items()}
            answer = self.call(route, token="", body=guess)
            self.expect(route, f"a guess at {tenant}", answer, {401}, "auth.invalid")
            if "daybook-position" in answer.headers:
                self.failures.append(f"{route.name}: a stranger learns where the log of {tenant} stands")

    def who(self, route):
        body = route.example() if route.takes_body() else None
        self.expect(route, "no token", self.call(route, token="", body=body), {401}, "auth.missing")
        for what, token in (("an invented token", "dbt_kitchen." + "A" * 43), ("a token of no tenant", "dbt_nowhere.AAAA"),
                            ("no token at all", "x" * 600), ("another tenant's secret", self.swapped())):
            self.expect(route, what, self.call(route, token=token, body=body), {401}, "auth.invalid")
        if route.name not in OPEN_TO_ALL:
            self.expect(route, "no permission", self.call(route, token=self.nobody, body=body), {403}, "auth.forbidden")

    def swapped(self):
        return self.owner.split(".")[0] + "." + self.stranger.split(".")[1]

    def ids(self, route, real):
        """Another tenant's ids, unknown ones and those that cannot be any: 404, and nothing happens."""
        body = None
        if route.takes_body():
            body = {} if route.method == "PATCH" else route.example()
        self.expect(route, "another tenant's id", self.call(route, token=self.stranger, body=body, ids=real), {404})
        self.expect(route, "an unknown id", self.call(route, body=body), {404})
        last = route.ids[-1]["name"]
        for what, odd in (("upper case", (real[last] or "x").upper()), ("of another kind", new_id("zzz")), ("a word", "nothing"),
                          ("U+0000", "a%00b"), ("not UTF-8", "%ff%fe"), ("dots", "%2e%2e"), ("long", "x" * 500)):
            self.expect(route, f"an id that is {what}", self.call(route, body=body, ids={**real, last: odd}), {404})

    # ---- bodies ----

    def body(self, route, ids):
        cases = [("not JSON", b"{"), ("two documents", b"{} {}"), ("a trailing comma", b'{"a":1,}'), ("a lone word", b"nul"),
                 ("invalid UTF-8", b'{"note":"\xff\xfe"}'), ("a lone surrogate", b'{"note":"\\ud800"}'),
                 ("too deep", b'{"a":' * 33 + b"1" + b"}" * 33), ("very deep", b"[" * 5000 + b"]" * 5000)]
        for what, raw in cases:
            self.expect(route, what, self.call(route, raw=raw, ids=ids), {400}, "input.malformed")
        for what, raw in (("a list", b"[]"), ("a number", b"7"), ("null", b"null"), ("a text", b'"x"')):
            self.expect(route, what, self.call(route, raw=raw, ids=ids), {422}, "input.invalid")
        answer = self.call(route, body={**route.example(), "no_such_member": 1}, ids=ids)
        self.expect(route, "an unknown member", answer, {422}, "input.invalid", "/no_such_member")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.expect(route, "another media type", self.call(route, raw=b"a=b", headers=form, ids=ids), {415}, "input.media_type")
        big = b'{"a":"' + b"x" * (1 << 20) + b'"}'
        self.expect(route, "over a megabyte", self.call(route, raw=big, ids=ids), {413}, "http.too_large")
        for steps, schema in route.members():
            self.member(route, ids, steps, schema)

    def member(self, route, ids, steps, schema):
        pointer = "".join(f"/{step}" for step in steps)
        found = kinds(route, schema)
        kind = next((k for k in ("object", "array", "integer", "number", "boolean", "string") if k in found), None)
        if kind is None:
            return

        def hostile(what, value, at=pointer):
            answer = self.call(route, body=route.with_member(steps, value), ids=ids)
            self.expect(route, f"{pointer} {what}", answer, {422}, None, at)

        if "string" not in found or kind == "string":  # a brief form is a text for an object
            hostile("of the wrong type", WRONG[kind])
        if kind == "object" and "properties" in schema and schema.get("additionalProperties") is False:
            hostile("with an unknown member", {"no_such_member": 1}, pointer + "/no_such_member")
        if "integer" in found:
            hostile("past int64", 9223372036854775808)
            hostile("a fraction", 1.5)
        if kind == "string":
            hostile("with U+0000", "a\u0000b")
            hostile("endless", "x" * 20000)

    # ---- the query ----

    def query(self, route, ids):
        answer = self.call(route, query="?no_such_parameter=1", ids=ids)
        self.expect(route, "an unknown parameter", answer, {422}, "input.invalid")
        for raw in ("?a=%zz", "?%=1"):
            self.expect(route, raw, self.call(route, query=raw, ids=ids), {400, 422})
        for p in route.parameters:
            if p["in"] != "query":
                continue
            name, found = p["name"], kinds(route, route.resolve(p.get("schema", {})))
            for bad in ("%00", "%ff"):
                self.expect(route, f"{name}={bad}", self.call(route, query=f"?{name}={bad}", ids=ids), {422}, None, f"/{name}")
            if "integer" in found and "string" not in found:
                for bad in ("seven", "-1", "99999999999999999999", "1.5", ""):
                    answer = self.call(route, query=f"?{name}={bad}", ids=ids)
                    self.expect(route, f"{name}={bad}", answer, {422}, None, f"/{name}")

    def headers(self, route, ids):
        """Headers that are obeyed on this route are refused when they are nonsense."""
        body = route.example() if route.takes_body() else None
        cases = []
        if route.takes_header("Daybook-After"):
            cases += [("Daybook-After", "nonsense", 422, "position.malformed"),
                      ("Daybook-After", f"{'0' * 26}:1", 409, "position.foreign_epoch")]
        if route.takes_header("Idempotency-Key"):
            cases += [("Idempotency-Key", key, 400, "idempotency.malformed") for key in ("two words", "x" * 256)]
        if route.takes_header("If-Match"):
            cases.append(("If-Match", "nonsense", 400, "version.malformed"))
            cases.append(("If-Match", '"999999"', 412, "version.stale"))
        for name, value, status, code in cases:
            answer = self.call(route, body=body, headers={name: value}, ids=ids)
            self.expect(route, f"{name}: {value[:20]}", answer, {status}, code)

    # ---- twice ----

    def twice(self, route):
        """The same key twice: the same bytes, and the second time nothing happens."""
        if not route.takes_header("Idempotency-Key"):
            return
        ids, body = self.things.ready(route)
        key = {"Idempotency-Key": new_id("key")}
        body = body if route.media_type() else None
        first = self.call(route, body=body, headers=key, ids=ids)
        self.expect(route, "what it is for", first, {200, 201})
        head = self.server.call("GET", "/me").headers["daybook-position"]
        again = self.call(route, body=body, headers=key, ids=ids)
        self.expect(route, "the same key again", again, {first.status})
        wrong = []
        if again.text != first.text:
            wrong.append(f"other bytes: {again.text[:200]} after {first.text[:200]}")
        if again.headers.get("idempotency-replayed") != "true" or "idempotency-replayed" in first.headers:
            wrong.append("Idempotency-Replayed")
        for name in ("location", "etag"):
            if again.headers.get(name) != first.headers.get(name):
                wrong.append(f"{name}: {again.headers.get(name)} after {first.headers.get(name)}")
        if self.server.call("GET", "/me").headers["daybook-position"] != head:
            wrong.append("it wrote something")
        self.failures += [f"{route.name}: the same key again: {what}" for what in wrong]

    def run(self):
        for route in self.routes:
            self.stranger_asks(route) if route.open else self.who(route)
            ids = self.things.ids(route)
            if route.ids:
                self.ids(route, ids)
            if route.takes_body():
                self.body(route, ids)
            self.query(route, ids)
            self.headers(route, ids)
        for route in self.routes:
            self.twice(route)
        self.root()
        self.server.run("verify")

    def root(self):
        root = Route("GET", "/", {}, {})
        self.expect(root, "unknown route", self.server.call("GET", "/no/such/route"), {404}, "route.unknown")
        for path in sorted({r.path for r in self.routes}):
            wrong = self.server.call("PUT", path.replace("{", "").replace("}", ""), {})
            self.expect(root, f"PUT {path}", wrong, {405}, "route.method")
            if not {r.method for r in self.routes if r.path == path} <= set(wrong.headers.get("allow", "").split(", ")):
                self.failures.append(f"PUT {path}: 405 with Allow: {wrong.headers.get('allow')}")
        for path in ("/healthz", "/readyz", "/metrics", "/docs", "/api/v1/openapi.json"):
            self.expect(root, path, self.server.call("GET", path, token=""), {200})

