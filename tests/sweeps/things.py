"""One real thing of each kind in the sample business, and fresh ones for routes that use them up."""
from tests.kit.server import new_id

# Bodies that the documentation's example cannot have, because they name other things. `{…}` is a thing of that name.
CREATIONS = {
    "/orders": {"lines": [{"item": "{item}"}, {"item": "{item}", "seat": 1}]},
    "/items": {"name": "Swept", "price": {"amount": 100, "currency": "USD"}, "stations": ["{station}"], "barcodes": ["{new}"]},
    "/tables": {"location": "{location}", "name": "{new}"},
    "/users": {"name": "Swept", "role": "staff"},
    "/roles": {"name": "{new}", "permissions": []},
    "/api-keys": {"name": "Swept", "scopes": ["orders:read"]},
    "/discounts": {"name": "Swept", "percent": "5"},
    "/modifier-groups": {"name": "Swept", "modifiers": [{"name": "None", "price": {"amount": 0, "currency": "USD"}}]},
}
# What else a route needs: the body, and what its order is or has been through before.
NEEDS = {
    "POST /orders/{id}/merge": ({"from": "{order}"}, {}, []),
    "POST /orders/{id}/split": ({"parts": 2}, {}, []),
    "POST /orders/{order}/lines": ({"item": "{item}"}, {}, []),
    "PATCH /orders/{order}/lines/{line}": ({"quantity": 7}, {}, []),
    "DELETE /orders/{order}/lines/{line}": ({"reason": "swept"}, {}, []),
    "PATCH /orders/{id}": ({"note": "swept"}, {}, []),
    "POST /orders/{id}/place": (None, {"draft": True}, []),
    "POST /orders/{id}/discard": (None, {"draft": True}, []),
    "POST /orders/{id}/accept": (None, {"source": "online"}, []),
    "POST /orders/{id}/reject": ({"reason": "swept"}, {"source": "online"}, []),
    "POST /orders/{id}/complete": (None, {}, ["/orders/{id}/ready"]),
    "POST /kitchen/tickets/{id}/recall": (None, {}, ["/orders/{order}/ready"]),
    "PATCH /tables/{id}": ({"name": "{new}"}, {}, []),
    "PATCH /items/{id}": ({"name": "{new}"}, {}, []),
    "PATCH /settings": ({"kitchen": {"late_minutes": 20}}, {}, []),
}


class Things:
    def __init__(self, server, routes):
        self.server = server
        self.creatable = {r.path for r in routes if r.method == "POST" and "{" not in r.path}
        self.examples = {r.path: r.example() for r in routes if r.takes_body()}
        self.known = {}
        for name, root in (("location", "/locations"), ("station", "/stations")):
            self.known[name] = self.must("GET", f"{root}?limit=1")["data"][0]["id"]
        items = self.must("GET", "/items?limit=200")["data"]
        self.known["item"] = next(i["id"] for i in items if not i["variants"] and not i["modifier_groups"])

    def must(self, method, path, body=None):
        headers = {"Idempotency-Key": new_id("key"), "If-Match": "*"}
        answer = self.server.call(method, path, body, headers=headers)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.text}"
        return answer.json

    def filled(self, value):
        """Names in braces replaced by what they stand for; {new} is new each time."""
        if isinstance(value, dict):
            return {name: self.filled(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.filled(element) for element in value]
        if isinstance(value, str) and value[:1] == "{":
            name = value.strip("{}")
            if name == "order":
                return self.make("/orders")["id"]
            return new_id("n").replace("_", "-") if name == "new" else self.known[name]
        return value

    def make(self, root, **more):
        """A fresh thing of the list `root`, or one that is there where the API makes none."""
        if root == "/sessions":
            proof = {"email": new_id("n") + "@example.com", "password": "correct horse battery"}
            self.must("POST", "/users", {"name": "Swept", "role": "staff", **proof})
            answer = self.must("POST", "/auth/login", {"tenant": "kitchen", **proof})
            return {"id": answer["session"]}
        if root == "/devices":
            code = self.must("POST", "/devices/pairing-codes", {"name": "Swept", "location": self.known["location"]})["code"]
            return self.must("POST", "/devices/pair", {"code": code})["device"]
        if root == "/tokens":
            self.server.run("token", "--tenant", "kitchen", "--role", "staff")
            return self.must("GET", "/tokens?role=staff&limit=1")["data"][0]
        if root == "/kitchen/tickets":
            return self.must("GET", f"/kitchen/tickets?order={self.make('/orders')['id']}")["data"][0]
        if root not in self.creatable:
            return self.must("GET", f"{root}?limit=1")["data"][0]
        return self.must("POST", root, self.filled({**CREATIONS.get(root, self.examples[root]), **more}))

    def ids(self, route, **more) -> dict:
        """Of a fresh thing, for the parameters of this route."""
        if not route.ids:
            return {}
        root = route.path[:route.path.index("/{")]
        if root == "/barcodes":
            return {"barcode": self.make("/items")["barcodes"][0]}
        thing = self.make(root, **more)
        line = (thing.get("lines") or [{}])[0].get("id")
        return {route.ids[0]["name"]: thing["id"], "line": line, "order": thing.get("order") or thing["id"]}

    def ready(self, route):
        """(ids, body) with which this route does its work."""
        body, more, steps = NEEDS.get(route.name, (None, {}, []))
        ids = self.ids(route, **more)
        for step in steps:
            self.must("POST", step.format(**ids, **({} if "id" in ids else {"id": ids["order"]})), {})
        if body is None:
            body = CREATIONS.get(route.path) if route.method == "POST" else None
        return ids, self.filled(body if body is not None else route.example())
