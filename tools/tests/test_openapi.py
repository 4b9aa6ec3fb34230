"""The judge of API documents finds each way to break a client, and nothing in what breaks nobody."""
from __future__ import annotations

import copy
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True

from openapi import Judge  # noqa: E402


def text(**more) -> dict:
    return {"type": "string", **more}


def document() -> dict:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewCake"}}}}
    answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cake"}}}}
    sold = {"type": "object", "properties": {"type": {"const": "cake.sold"}, "data": {"$ref": "#/components/schemas/Cake"}}}
    event = {"content": {"application/json": {"schema": {"allOf": [{"$ref": "#/components/schemas/Entry"}, sold]}}}}
    return {
        "paths": {
            "/cakes": {
                "get": {"parameters": [{"$ref": "#/components/parameters/Limit"}], "responses": {"200": answer}},
                "post": {"requestBody": body, "responses": {"201": answer, "422": {}}},
            },
            "/cakes/{id}": {"delete": {"security": [{"bearer": []}], "responses": {"200": {}}}},
        },
        "webhooks": {"cake.baked": {"post": {"requestBody": answer}}, "cake.sold": {"post": {"requestBody": event}}},
        "components": {
            "parameters": {"Limit": {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 200}}},
            "schemas": {
                "NewCake": {
                    "type": "object", "required": ["name"], "additionalProperties": False,
                    "properties": {"name": text(maxLength=50), "size": text(enum=["S", "L"]), "note": text(),
                                   "layers": {"type": "array", "items": text(), "maxItems": 9}},
                },
                "Entry": {"type": "object", "required": ["id"], "properties": {"id": text(), "type": text()}},
                "Cake": {
                    "type": "object", "required": ["id", "name"],
                    "properties": {"id": text(), "name": text(), "size": text(enum=["S", "L"]),
                                   "inside": {"anyOf": [{"$ref": "#/components/schemas/Cake"}, {"type": "null"}]}},
                },
            },
        },
    }


class Judging(unittest.TestCase):
    def judged(self, change) -> list[str]:
        new = copy.deepcopy(document())
        change(new, new["components"]["schemas"]["NewCake"], new["components"]["schemas"]["Cake"])
        return Judge(document(), new).judge()

    def breaks(self, change, *words: str) -> None:
        findings = self.judged(change)
        self.assertTrue(any(all(word in finding for word in words) for finding in findings), findings)

    def harmless(self, change) -> None:
        self.assertEqual(self.judged(change), [])

    def test_the_same(self):
        self.harmless(lambda d, new, cake: None)

    def test_what_is_gone(self):
        self.breaks(lambda d, new, cake: d["paths"].pop("/cakes/{id}"), "DELETE /cakes/{id}", "gone")
        self.breaks(lambda d, new, cake: d["paths"]["/cakes"].pop("get"), "GET /cakes", "gone")
        self.breaks(lambda d, new, cake: d["paths"]["/cakes"]["post"]["responses"].pop("201"), "201")
        self.breaks(lambda d, new, cake: d["paths"]["/cakes"]["get"]["parameters"].clear(), "limit")
        self.breaks(lambda d, new, cake: d["webhooks"].clear(), "cake.baked", "gone")
        self.breaks(lambda d, new, cake: cake["properties"].pop("size"), "size", "gone")

    def test_what_is_demanded(self):
        self.breaks(lambda d, new, cake: new["required"].append("size"), "demands size")
        self.breaks(lambda d, new, cake: d["paths"]["/cakes"]["post"]["requestBody"].update(required=True), "demands a body")
        self.breaks(lambda d, new, cake: d["paths"]["/cakes"]["get"].update(security=[{"bearer": []}]), "demands a token")
        self.breaks(lambda d, new, cake: d["paths"]["/cakes"]["get"]["parameters"].append(
            {"in": "query", "name": "shop", "required": True}), "demands the query parameter shop")

    def test_what_is_narrower_in_a_request(self):
        self.breaks(lambda d, new, cake: new["properties"].pop("note"), "refuses note")
        self.breaks(lambda d, new, cake: new["properties"]["name"].update(maxLength=40), "maxLength")
        self.breaks(lambda d, new, cake: new["properties"]["note"].update(enum=["none"]), "takes only none")
        self.breaks(lambda d, new, cake: new["properties"]["note"].update(minLength=1), "minLength")
        self.breaks(lambda d, new, cake: new["properties"]["layers"].update(maxItems=8), "maxItems")
        self.breaks(lambda d, new, cake: new["properties"]["note"].update(pattern="^x"), "pattern")
        self.breaks(lambda d, new, cake: new["properties"]["size"].update(enum=["S"]), "refuses L")
        self.breaks(lambda d, new, cake: new["properties"]["note"].update(type="integer"), "refuses string")
        self.breaks(lambda d, new, cake: d["components"]["parameters"]["Limit"]["schema"].update(maximum=100), "maximum")

    def test_what_is_wider_in_an_answer(self):
        self.breaks(lambda d, new, cake: cake["required"].remove("name"), "name may be absent")
        self.breaks(lambda d, new, cake: cake["properties"].update(name={"anyOf": [text(), {"type": "null"}]}), "may be null")
        self.breaks(lambda d, new, cake: cake["properties"]["id"].update(type="integer"), "may be integer")
        self.breaks(lambda d, new, cake: cake["properties"]["id"].update(format="date"), "format")

    def test_an_event_of_several_schemas(self):
        def sold(d: dict) -> list:
            return d["webhooks"]["cake.sold"]["post"]["requestBody"]["content"]["application/json"]["schema"]["allOf"]

        self.breaks(lambda d, new, cake: sold(d)[1]["properties"].pop("data"), "cake.sold", "data is gone")
        self.breaks(lambda d, new, cake: d["components"]["schemas"]["Entry"]["properties"].pop("id"), "cake.sold", "id is gone")
        self.breaks(lambda d, new, cake: d["components"]["schemas"]["Entry"]["required"].clear(), "id may be absent")
        self.breaks(lambda d, new, cake: sold(d)[1]["properties"]["type"].update(const="cake.given"), "was cake.sold")
        self.harmless(lambda d, new, cake: sold(d)[1]["properties"].update(price=text()))

    def test_what_breaks_nobody(self):
        self.harmless(lambda d, new, cake: d["paths"].update({"/pies": d["paths"]["/cakes"]}))
        self.harmless(lambda d, new, cake: new["properties"].update(color=text()))
        self.harmless(lambda d, new, cake: new["properties"]["name"].update(maxLength=60))
        self.harmless(lambda d, new, cake: new["properties"]["size"]["enum"].append("M"))
        self.harmless(lambda d, new, cake: new["required"].clear())
        self.harmless(lambda d, new, cake: cake["properties"].update(color=text()))
        self.harmless(lambda d, new, cake: cake["properties"]["size"]["enum"].append("M"))
        self.harmless(lambda d, new, cake: cake["properties"]["name"].update(description="What it is called."))
        self.harmless(lambda d, new, cake: d["paths"]["/cakes"]["post"]["responses"].update({"409": {}}))


if __name__ == "__main__":
    unittest.main()
