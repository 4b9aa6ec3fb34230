#!/usr/bin/env python3
"""The API's document as the program makes it: written to docs/openapi.json, unless it would break a client of the one there.

usage: tools/openapi.py PROGRAM [--check | --break]     (./dev openapi builds the program and calls this)
"""
from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

COMMITTED = Path(__file__).resolve().parent.parent / "docs/openapi.json"
METHODS = ("get", "put", "post", "delete", "patch")
LIMITS = [("maxLength", -1), ("maximum", -1), ("maxItems", -1), ("minLength", 1), ("minimum", 1), ("minItems", 1)]


class Judge:
    """What of a new document breaks a client that was written for an old one.

    A request that was right must stay right; an answer must hold what it held, of the same kind. Answers may gain members and
    statuses, their enumerations may gain values: docs/api.md tells clients so. Findings are sentences with the place.
    """

    def __init__(self, old: dict, new: dict):
        self.old, self.new = old, new
        self.findings: list[str] = []
        self.seen: set[tuple[int, int, bool]] = set()
        self.joined: dict[int, dict] = {}

    def judge(self) -> list[str]:
        for path, operations in self.old["paths"].items():
            for method in METHODS:
                if method in operations:
                    place = f"{method.upper()} {path}"
                    now = self.new["paths"].get(path, {}).get(method)
                    self.operation(place, operations[method], now) if now else self.say(place, "is gone")
        for name, hook in self.old.get("webhooks", {}).items():
            now = self.new.get("webhooks", {}).get(name)
            if not now:
                self.say(f"event {name}", "is gone")
                continue
            self.content(f"event {name}", hook["post"].get("requestBody", {}), now["post"].get("requestBody", {}), False)
        return self.findings

    def say(self, place: str, what: str) -> None:
        self.findings.append(f"{place}: {what}")

    def operation(self, place: str, old: dict, new: dict) -> None:
        if new.get("security") and not old.get("security"):
            self.say(place, "demands a token")
        self.parameters(place, old, new)
        before, after = self.of(self.old, old.get("requestBody", {})), self.of(self.new, new.get("requestBody", {}))
        if after.get("required") and not before.get("required"):
            self.say(place, "demands a body")
        self.content(f"{place}, request", before, after, True)
        for status, answer in old["responses"].items():
            now = new["responses"].get(status)
            if now is not None:
                self.content(f"{place}, {status}", self.of(self.old, answer), self.of(self.new, now), False)
            elif status.startswith("2"):
                self.say(place, f"does not answer {status} any more")

    def parameters(self, place: str, old: dict, new: dict) -> None:
        def by_name(document: dict, operation: dict) -> dict:
            given = [self.of(document, one) for one in operation.get("parameters", [])]
            return {(one["in"], one["name"]): one for one in given}

        before, after = by_name(self.old, old), by_name(self.new, new)
        for (kind, name), one in before.items():
            now = after.get((kind, name))
            if now:
                self.schema(f"{place}, {kind} parameter {name}", one.get("schema", {}), now.get("schema", {}), True)
            elif kind != "header":  # one that is not read any more is not refused
                self.say(place, f"refuses the {kind} parameter {name}")
        for key, one in after.items():
            if one.get("required") and not before.get(key, {}).get("required"):
                self.say(place, f"demands the {key[0]} parameter {key[1]}")

    def content(self, place: str, old: dict, new: dict, request: bool) -> None:
        for media, body in old.get("content", {}).items():
            now = new.get("content", {}).get(media)
            if now is None:
                self.say(place, f"{media} is gone")
            else:
                self.schema(place, body.get("schema", {}), now.get("schema", {}), request)

    def of(self, document: dict, thing: dict) -> dict:
        """Follows a $ref into the document."""
        while "$ref" in thing:
            found = document
            for part in thing["$ref"].removeprefix("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            thing = found
        return thing

    def whole(self, document: dict, schema: dict) -> dict:
        """The schema as one, its allOf joined. Kept, since `seen` knows schemas by identity; members join when they are met."""
        schema = self.of(document, schema)
        if "allOf" not in schema:
            return schema
        if id(schema) in self.joined:
            return self.joined[id(schema)]
        joined = {name: value for name, value in schema.items() if name != "allOf"}
        self.joined[id(schema)] = joined
        for part in (self.whole(document, one) for one in schema["allOf"]):
            properties = dict(joined.get("properties", {}))
            for name, member in part.get("properties", {}).items():
                properties[name] = {"allOf": [properties[name], member]} if name in properties else member
            required = [*joined.get("required", []), *part.get("required", [])]
            joined.update(part, properties=properties, required=required)
        return joined

    def alternatives(self, document: dict, schema: dict) -> Iterator[tuple[str, dict]]:
        """(type, schema) of each kind of value that it allows; no type: any."""
        schema = self.whole(document, schema)
        if "anyOf" in schema or "oneOf" in schema:
            for one in schema.get("anyOf", schema.get("oneOf")):
                yield from self.alternatives(document, one)
            return
        kinds = schema.get("type", "")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            yield kind, schema

    def schema(self, place: str, old: dict, new: dict, request: bool) -> None:
        before, after = dict(self.alternatives(self.old, old)), dict(self.alternatives(self.new, new))
        narrow, wide = (before, after) if request else (after, before)
        for kind in narrow:
            if kind not in wide and "" not in wide:
                self.say(place, f"{'refuses' if request else 'may be'} {kind or 'anything'} now")
        for kind in before.keys() & after.keys():
            self.alike(place, before[kind], after[kind], request)

    def alike(self, place: str, old: dict, new: dict, request: bool) -> None:
        """Two schemas of one type. Said once, however many places refer to them: a schema may hold itself."""
        if (id(old), id(new), request) in self.seen:
            return
        self.seen.add((id(old), id(new), request))
        if old.get("format") != new.get("format"):
            self.say(place, f"its format was {old.get('format')} and is {new.get('format')}")
        if old.get("const") != new.get("const") and ("const" in new if request else "const" in old):
            self.say(place, f"was {old.get('const', 'anything')} and is {new.get('const', 'anything')}")
        if request:
            self.limits(place, old, new)
        self.members(place, old, new, request)
        if "items" in old:
            self.schema(f"{place}[]", old["items"], new.get("items", {}), request)
        each = old.get("additionalProperties")
        if isinstance(each, dict) and isinstance(new.get("additionalProperties"), dict):
            self.schema(f"{place}.*", each, new["additionalProperties"], request)

    def limits(self, place: str, old: dict, new: dict) -> None:
        for name, sign in LIMITS:
            if name in new and (name not in old or (new[name] - old[name]) * sign > 0):
                self.say(place, f"{name} is {new[name]}, was {old.get(name, 'none')}")
        if "enum" in new and "enum" not in old:
            self.say(place, f"takes only {', '.join(map(str, new['enum']))}")
        if "enum" in new and (gone := set(old.get("enum", [])) - set(new["enum"])):
            self.say(place, f"refuses {', '.join(sorted(map(str, gone)))}")
        if "pattern" in new and new["pattern"] != old.get("pattern"):
            self.say(place, f"its pattern is {new['pattern']}, was {old.get('pattern', 'none')}")

    def members(self, place: str, old: dict, new: dict, request: bool) -> None:
        before, after = old.get("properties", {}), new.get("properties", {})
        closed = new.get("additionalProperties") is False
        for name, schema in before.items():
            if name in after:
                self.schema(f"{place}.{name}", schema, after[name], request)
            elif not request:
                self.say(place, f"{name} is gone")
            elif closed:
                self.say(place, f"refuses {name}")
        demanded, promised = set(new.get("required", [])), set(old.get("required", []))
        for name in sorted(demanded - promised if request else (promised - demanded) & after.keys()):
            self.say(place, f"demands {name}" if request else f"{name} may be absent")


def printed(document: dict) -> str:
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def made_by(program: str) -> dict:
    with socket.socket() as free, tempfile.TemporaryDirectory() as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [program, "serve", "--data", f"{folder}/data", "--listen", f"127.0.0.1:{port}", "--log-level", "error"]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            for _ in range(300):
                try:
                    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/openapi.json", timeout=5) as answer:
                        return json.load(answer)
                except urllib.error.URLError:
                    time.sleep(0.1)
            raise SystemExit(f"{program} does not answer")
        finally:
            server.terminate()
            server.wait()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the document is not the committed one")
    parser.add_argument("--break", dest="may_break", action="store_true", help="write it although clients break")
    options = parser.parse_args()
    made = made_by(options.program)
    committed = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else None
    findings = Judge(committed, made).judge() if committed else []
    for finding in findings:
        print(f"breaks clients: {finding}", file=sys.stderr)
    if options.check:
        if committed == made:
            return 0
        print("docs/openapi.json is not what the program makes: ./dev openapi", file=sys.stderr)
        return 1
    if findings and not options.may_break:
        print("nothing written: keep what clients rely on, or ./dev openapi --break", file=sys.stderr)
        return 1
    COMMITTED.write_text(printed(made))
    return 0


if __name__ == "__main__":
    sys.exit(main())
