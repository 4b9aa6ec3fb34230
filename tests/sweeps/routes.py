"""The routes of a running program, from its own OpenAPI document: what they take, and how to fill it wrongly."""
import copy

from tests.kit.server import new_id

DEEPEST = 4  # members below which hostile values are put


class Route:
    def __init__(self, method, path, operation, document):
        self.method, self.path, self.operation, self.document = method, path, operation, document
        self.name = f"{method} {path}"
        self.parameters = [self.resolve(p) for p in operation.get("parameters", [])]
        self.ids = [p for p in self.parameters if p["in"] == "path"]
        self.open = not operation.get("security", [True])  # needs no token

    def resolve(self, node):
        """What a reference stands for."""
        while "$ref" in node:
            found = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            node = found
        return node

    def takes_header(self, name):
        return any(p["in"] == "header" and p["name"] == name for p in self.parameters)

    def url(self, ids=None):
        """The path with these ids; where none is given, one that is well formed and unknown."""
        path = self.path
        for p in self.ids:
            path = path.replace("{" + p["name"] + "}", (ids or {}).get(p["name"]) or self.some_id(p))
        return path

    def some_id(self, parameter):
        prefix = self.resolve(parameter.get("schema", {})).get("pattern", "").lstrip("^").split("_")[0]
        return new_id(prefix) if prefix.isalpha() else "unknown"

    # ---- the body ----

    def content(self):
        return self.operation.get("requestBody", {}).get("content", {})

    def media_type(self):
        return next(iter(self.content()), None)

    def takes_body(self):
        return self.media_type() is not None and self.method in ("POST", "PATCH", "PUT")

    def schema(self):
        return self.resolve(self.content()[self.media_type()]["schema"]) if self.media_type() else {}

    def example(self):
        return copy.deepcopy(self.content()[self.media_type()].get("example", {})) if self.media_type() else None

    def members(self):
        """(steps, schema) of every member of the body, at any depth; a step 0 is the first element of a list."""
        pending = [((), self.schema())]
        while pending:
            steps, schema = pending.pop()
            for name, member in schema.get("properties", {}).items():
                member = self.resolve(member)
                yield steps + (name,), member
                for inner, more in self.inside(member):
                    if len(steps) < DEEPEST and inner.get("properties"):
                        pending.append((steps + (name,) + more, inner))

    def inside(self, schema):
        """Objects directly inside a member: itself, an alternative, or the elements of a list."""
        for one in [schema, *map(self.resolve, schema.get("anyOf", []) + schema.get("oneOf", []))]:
            yield one, ()
            if "items" in one:
                element = self.resolve(one["items"])
                for inner, more in self.inside(element):
                    yield inner, (0,) + more

    def with_member(self, steps, value):
        """The example with this value there; what is missing on the way is made."""
        body = self.example()
        place = body
        for step, following in zip(steps, steps[1:]):
            empty = [] if following == 0 else {}
            if step == 0:
                if not place or not isinstance(place[0], type(empty)):
                    place[:] = [empty]
            elif not isinstance(place.get(step), type(empty)) or (step in place and following == 0 and not place[step]):
                place[step] = empty
            place = place[step]
        if steps[-1] == 0:
            place[:] = [value]
        else:
            place[steps[-1]] = value
        return body


def routes_of(document) -> list:
    """All but the stream, which is read and not called."""
    found = [Route(method.upper(), path.removeprefix("/api/v1"), operation, document)
             for path, methods in document["paths"].items() for method, operation in methods.items()
             if method in ("get", "post", "patch", "put", "delete")]
    return [r for r in found if not r.path.endswith(("/daybook/stream", "/openapi.json"))]


def kinds(route: Route, schema) -> set:
    """The JSON types that a member may have."""
    found = set()
    for one in [schema, *map(route.resolve, schema.get("anyOf", []) + schema.get("oneOf", []))]:
        kind = one.get("type", [])
        found |= set(kind if isinstance(kind, list) else [kind])
    return found - {"null"}
