"""A fresh business of a running server, as scenarios and checks see it."""
import contextlib
import json
import re

from .server import Answer, Server

PROBLEM = "application/problem+json"
POSITION = re.compile(r"[A-Za-z0-9_-]+:\d+")
CURSOR = re.compile(r'"next_cursor":(null|"[A-Za-z0-9_-]+")}$')
ROLES = {"nobody": []}  # roles that a business gets when somebody is first called so, and what they may do


class Place:
    """A server on one database, and the businesses on it."""

    def __init__(self, program: str, fresh, *options: str, tls=None, log=None):
        """`fresh()` gives an empty place for data: a folder, or the URL of a database."""
        self.program, self.fresh, self.data = program, fresh, fresh()
        self.server = Server(program, self.data, "--log-level", "warning" if log else "off", *options, tls=tls, log=log)
        self.made = 0

    def business(self, tenant=None) -> "Business":
        self.made += 1
        slug = tenant or f"shop{self.made}"
        self.server.run("tenant", "create", slug)
        return Business(self, slug)

    @contextlib.contextmanager
    def another(self, *options: str, **more):
        """A server of its own, with other options, on the same engine."""
        place = Place(self.program, self.fresh, *options, **more)
        try:
            yield place
        finally:
            place.server.close()


class Business:
    def __init__(self, place: Place, slug: str):
        self.place, self.server, self.slug = place, place.server, slug
        self.tokens, self.seq = {}, 0
        self.other = None
        self.connection = None

    def token(self, role: str) -> str:
        """Of a role of this business; "elsewhere:role" is somebody of another one; "anonymous" is nobody at all."""
        if role == "anonymous":
            return ""
        if role.startswith("elsewhere:"):
            self.other = self.other or self.place.business()
            return self.other.token(role.partition(":")[2])
        if role not in self.tokens:
            if role in ROLES:
                self.must("POST", "/roles", {"name": role, "permissions": ROLES[role]})
            made = self.server.run("token", "--tenant", self.slug, "--role", role)
            self.tokens[role] = made.strip().splitlines()[-1]
        return self.tokens[role]

    def call(self, method, path, body=None, role="owner", headers=None, raw=None) -> Answer:
        """One request; what holds for every answer of every route is checked with it."""
        token = self.token(role)
        for attempt in (1, 2):
            connection = self.connection or self.server.connection(timeout=60)
            fresh, self.connection = self.connection is None, None
            try:
                answer = self.server.call(method, path, body, token, headers, connection, raw)
            except OSError:
                connection.close()  # a kept connection may have been closed meanwhile
                if fresh or attempt == 2:
                    raise
                continue
            if answer.headers.get("connection", "").lower() != "close":
                self.connection = connection
            break
        check_manners(answer, method, signed_in=bool(token) and answer.status != 401)
        return answer

    def must(self, method, path, body=None, role="owner", headers=None, status=None):
        """The JSON of a call that must succeed."""
        answer = self.call(method, path, body, role, headers)
        assert answer.status == status if status else answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json

    def refuse(self, status, code, method, path, body=None, role="owner", headers=None):
        """The problem of a call that must be refused."""
        answer = self.call(method, path, body, role, headers)
        assert (answer.status, answer.json.get("code")) == (status, code), f"{method} {path}: {answer.status} {answer.text}"
        return answer.json

    def news(self) -> list:
        """The entries of the log since this was last asked."""
        entries = []
        while True:
            page = self.must("GET", f"/daybook?after={self.seq}&limit=1000")["data"]
            for entry in page:
                assert entry["seq"] == self.seq + 1, f"a gap in the log before {entry['seq']}"
                self.seq = entry["seq"]
            entries += page
            if not page:
                return entries


def check_manners(answer: Answer, method: str, signed_in: bool):
    headers = answer.headers
    before_any_route = answer.status >= 400 and '"http.' in answer.text
    if signed_in and method != "OPTIONS" and not before_any_route:
        assert POSITION.fullmatch(headers.get("daybook-position", "")), f"no Daybook-Position: {answer.status} {headers}"
    if answer.text.startswith('{"data":['):
        assert CURSOR.search(answer.text), f"no next_cursor, or one of other characters: {answer.text[-200:]}"
    if answer.status < 400 or method == "HEAD":
        return
    assert answer.status != 503 or headers["retry-after"], "503 without Retry-After"
    assert headers.get("content-type", "").split(";")[0] == PROBLEM, f"not a problem: {headers} {answer.text}"
    problem = json.loads(answer.text)
    for member in ("type", "title", "status", "detail", "code", "request_id"):
        assert member in problem, f"the problem has no {member}: {answer.text}"
    assert problem["status"] == answer.status, answer.text
    for error in problem.get("errors", []):
        assert error["code"] and error["detail"] and (error["pointer"] == "" or error["pointer"][0] == "/"), answer.text
