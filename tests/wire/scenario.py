"""Scenarios: text files that say what is asked and what is answered.

    # An order reaches the kitchen
    use menu

    POST /orders as staff key k1
    {"lines": [{"item": "$margherita", "quantity": 2}]}
    ---- 201
    Location: /api/v1/orders/$id
    {"id": "$id", "state": "open", "number": 1, "total": {"amount": …}}
    events: order.opened ticket.created

Blank lines part the steps. A step is a line with method and path, then header lines, then a body, which is sent as it stands
but for its names. Behind the path may stand, `eventually` last:

    as ROLE      whose token: owner (default), any other role, nobody (no permission), anonymous (no token), elsewhere:ROLE
    key KEY      Idempotency-Key
    if VERSION   If-Match
    eventually   asked again for up to 5 s until the answer is as expected

The line `---- STATUS [CODE]` divides; CODE is that of the problem. Below it stand headers (`Name: absent`: it is not there), a
body (match.py says how it is compared; or `empty`; or `same body`: the bytes of the answer before) and `events:` with the types
of exactly the entries that the step adds to the log, in any order. A step without that line must add none.

Instead of a step:

    use NAME            the steps of NAME.steps come first
    let NAME = VALUE    binds a name; VALUE is JSON, `new ord` (a fresh id), or `now+30` (a moment, in seconds from now)
    again               the request before, byte for byte; then `----` and so on
    # text              says what the next step is about
"""
import datetime
import json
import pathlib
import re
import time

from tests.kit.server import new_id

from .match import Mismatch, filled, filled_json, loose, match, match_text

REQUEST = re.compile(
    r"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+)((?: (?:as|key|if) \S+)*)( eventually)?|again")
HEADER = re.compile(r"([A-Za-z][A-Za-z-]*): (.*)")
LET = re.compile(r"let ([a-z]\w*) = (.+)")


class Step:
    def __init__(self, title: str, line: int, lines: list):
        self.title, self.line, self.text = title, line, lines[0]
        self.request = REQUEST.fullmatch(lines[0])
        divider = next((i for i, text in enumerate(lines) if text.startswith("----")), None)
        if not self.request or divider is None:
            raise AssertionError(f"line {line}: this is no step: {lines[0]}")
        self.headers, self.body = headers_and_body(lines[1:divider])
        self.status, self.code = (lines[divider].split() + [None])[1:3]
        below = lines[divider + 1:]
        self.events = sorted(word for text in below if text.startswith("events:") for word in text.split()[1:])
        self.same_body = "same body" in below
        below = [text for text in below if not text.startswith("events:") and text != "same body"]
        self.want_headers, self.want_body = headers_and_body(below)


def headers_and_body(lines: list):
    count = next((i for i, text in enumerate(lines) if not HEADER.fullmatch(text)), len(lines))
    return [HEADER.fullmatch(text).groups() for text in lines[:count]], "\n".join(lines[count:])


def parse(path: pathlib.Path) -> list:
    """Steps, and the bindings between them, in their order."""
    parts, title, block, start = [], "", [], 0
    for number, text in enumerate([*path.read_text().splitlines(), ""], 1):
        if block and text.strip():
            block.append(text)
        elif block:
            parts.append(Step(title, start, block))
            title, block = "", []
        elif text.startswith("#"):
            title = text.lstrip("# ")
        elif text.startswith("use "):
            parts += parse(path.with_name(text.removeprefix("use ").strip() + ".steps"))
        elif LET.fullmatch(text):
            parts.append(LET.fullmatch(text))
        elif text.strip():
            block, start = [text], number
    return parts


def value_of(text: str):
    if text.startswith("new "):
        return new_id(text.split()[1])
    if text.startswith("now"):
        moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=float(text[3:] or 0))
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return json.loads(text)


class Run:
    """One scenario against one business."""

    def __init__(self, business):
        self.business, self.names, self.last, self.sent = business, {}, None, None

    def play(self, path: pathlib.Path) -> int:
        """How many steps it had."""
        parts = parse(path)
        for part in parts:
            if not isinstance(part, Step):
                self.names[part[1]] = value_of(filled_json(part[2], self.names))
                continue
            try:
                self.step(part)
            except (Mismatch, AssertionError) as wrong:
                said = f"{self.last.status} {self.last.text[:1500]}" if self.last else ""
                where = f"{path.name}, line {part.line}: {part.title}"
                raise AssertionError(f"{where}\n  {part.text}\n  {wrong}\n  {said}") from None
        return sum(isinstance(part, Step) for part in parts)

    def step(self, step: Step):
        if step.text != "again":
            self.sent = self.request(step)
        self.business.token(self.sent["role"])  # making one is an entry of the log, and none of this step
        self.business.news()
        deadline = time.time() + (5 if step.request[4] else 0)
        while True:
            before, self.last, names = self.last, self.business.call(**self.sent), dict(self.names)
            try:
                self.compare(step, before, names)
                break
            except Mismatch:
                if time.time() > deadline:
                    raise
                time.sleep(0.05)
        self.names = names
        made = sorted(entry["type"] for entry in self.business.news())
        if made != step.events:
            raise Mismatch(f"events: {' '.join(made) or 'none'}, not {' '.join(step.events) or 'none'}")

    def request(self, step: Step) -> dict:
        words = filled(step.request[3], self.names).split()
        said = dict(zip(words[::2], words[1::2]))
        headers = {name: filled(text, self.names) for name, text in step.headers}
        headers |= {"Idempotency-Key": said["key"]} if "key" in said else {}
        headers |= {"If-Match": f'"{said["if"]}"'} if "if" in said else {}
        if step.body:
            headers.setdefault("Content-Type", "application/json")
        return {"method": step.request[1], "path": filled(step.request[2], self.names), "role": said.get("as", "owner"),
                "headers": headers, "raw": filled_json(step.body, self.names).encode() if step.body else None}

    def compare(self, step: Step, before, names: dict):
        answer = self.last
        if str(answer.status) != step.status:
            raise Mismatch(f"{answer.status}, not {step.status}")
        if step.code and answer.json.get("code") != step.code:
            raise Mismatch(f"code {answer.json.get('code')}, not {step.code}")
        for name, want in step.want_headers:
            got = answer.headers.get(name.lower())
            if (want == "absent") != (got is None):
                raise Mismatch(f"{name}: {got}, not {want}")
            if got is not None:
                match_text(want, got, names, name)
        if step.same_body and answer.text != before.text:
            raise Mismatch(f"the body differs from the one before, which was {before.text[:1500]}")
        if step.want_body == "empty":
            match("", answer.text, names, "body")
        elif step.want_body:
            match(loose(step.want_body), json.loads(answer.text), names)
