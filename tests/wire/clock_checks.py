"""What the clock does, on a server whose clock can be set: expiry, business dates, opening hours, returns, lifetimes."""
import datetime
import time

from tests.kit.server import new_id

from tests.kit.business import Business, Place


def clockwork(place: Place):
    """A place whose clock may be moved; forward only, for a log never runs behind itself."""
    return place.another("--diagnostics")


def set_clock(place: Place, **order):
    answer = place.server.call("POST", "/diagnostics/clock", order, token="")
    assert answer.status == 200, answer.text


def tea(business: Business, **more) -> str:
    return business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}, **more})["id"]


def place_order(business: Business, item: str, **more):
    return business.call("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}], **more})


def until(business: Business, path: str, member: str, value):
    deadline = time.time() + 5
    while (found := business.must("GET", path))[member] != value:
        assert time.time() < deadline, f"{path}: {member} is {found[member]}, not {value}"
        time.sleep(0.05)
    return found


def instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def check_proposed_orders_expire(place: Place):
    """accept_by: 10 minutes, or what the setting says; the clock moves what nobody accepted."""
    with clockwork(place) as own:
        business = own.business()
        item = tea(business)
        order = place_order(business, item, source="online").json
        assert instant(order["accept_by"]) - instant(order["placed_at"]) == datetime.timedelta(minutes=10), order
        accepted = place_order(business, item, source="online").json
        business.must("POST", f"/orders/{accepted['id']}/accept")
        business.must("PATCH", "/settings", {"orders": {"accept_minutes": 30}}, headers={"If-Match": "1"})
        patient = place_order(business, item, source="online").json
        assert instant(patient["accept_by"]) - instant(patient["placed_at"]) == datetime.timedelta(minutes=30), patient
        business.news()
        set_clock(own, advance_seconds=595)
        assert business.must("GET", f"/orders/{order['id']}")["state"] == "proposed"
        set_clock(own, advance_seconds=10)
        expired = until(business, f"/orders/{order['id']}", "state", "expired")
        assert expired["fulfilment"] == "cancelled" and expired["version"] == 2, expired
        told = business.refuse(409, "orders.illegal_transition", "POST", f"/orders/{order['id']}/accept")
        assert (told["from"], told["to"], told["allowed"]) == ("expired", "open", []), told
        assert business.must("GET", f"/orders/{patient['id']}")["state"] == "proposed"
        entries = business.news()
        assert [e["type"] for e in entries] == ["order.expired"], entries
        assert entries[0]["actor"]["kind"] == "system" and entries[0]["data"]["state"] == "expired", entries
        set_clock(own, advance_seconds=1800)
        until(business, f"/orders/{patient['id']}", "state", "expired")
        assert business.must("GET", f"/orders/{accepted['id']}")["state"] == "open"
        own.server.run("verify")


def check_business_dates(place: Place):
    """America/New_York closes at 04:00: 01:30 belongs to the day before, in either offset of the night when clocks change."""
    with clockwork(place) as own:
        set_clock(own, now="2030-11-02T12:00:00Z")
        business = own.business()
        item = tea(business)
        location = business.must("GET", "/locations")["data"][0]
        business.must("PATCH", f"/locations/{location['id']}", {"time_zone": "America/New_York", "closing": "04:00"},
                      headers={"If-Match": "1"})
        numbers = []
        for moment, date in (("2030-11-03T05:30:00Z", "2030-11-02"), ("2030-11-03T06:30:00Z", "2030-11-02"),
                             ("2030-11-03T08:59:59Z", "2030-11-02"), ("2030-11-03T09:00:00Z", "2030-11-03"),
                             ("2031-03-09T06:59:00Z", "2031-03-08"), ("2031-03-09T08:00:00Z", "2031-03-09")):
            set_clock(own, now=moment)
            order = place_order(business, item).json
            assert order["business_date"] == date, (moment, order["business_date"])
            numbers.append(order["number"])
        assert numbers == [1, 2, 3, 1, 1, 1], f"numbers count per day: {numbers}"
        draft = place_order(business, item, draft=True).json
        set_clock(own, now="2031-03-10T12:00:00Z")
        placed = business.must("POST", f"/orders/{draft['id']}/place")
        assert (placed["business_date"], placed["number"]) == ("2031-03-10", 1), placed
        assert len(business.must("GET", "/orders?business_date=2030-11-02&fields=id")["data"]) == 3


def check_opening_hours(place: Place):
    """Online orders wait until it opens; a holiday has hours of its own; an item has its time."""
    with clockwork(place) as own:
        set_clock(own, now="2030-06-03T06:00:00Z")  # a Monday, 08:00 in Berlin
        business = own.business()
        item = tea(business, availability=[{"days": ["monday"], "from": "10:00", "until": "11:00"}])
        always = tea(business)
        location = business.must("GET", "/locations")["data"][0]
        business.must("PATCH", f"/locations/{location['id']}", {
            "time_zone": "Europe/Berlin", "hours": [{"days": ["monday", "tuesday"], "from": "18:00", "until": "02:00"}],
            "holidays": [{"date": "2030-06-04", "name": "Founders' day"}]}, headers={"If-Match": "1"})
        shut = place_order(business, always, source="online")
        assert (shut.status, shut.json["code"]) == (409, "orders.location_closed"), shut.text
        assert shut.json["opens_at"].startswith("2030-06-03T16:00:00"), shut.text
        assert place_order(business, always, source="phone").status == 201, "only online orders are asked"
        assert place_order(business, item).json["code"] == "catalog.not_available"
        set_clock(own, now="2030-06-03T08:30:00Z")
        assert place_order(business, item).status == 201
        set_clock(own, now="2030-06-03T23:59:00Z")  # 01:59 of Tuesday's holiday: the evening before runs out
        assert place_order(business, always, source="online").status == 201
        set_clock(own, now="2030-06-04T17:00:00Z")
        holiday = place_order(business, always, source="online")
        assert holiday.status == 409 and "Founders' day" in holiday.json["detail"], holiday.text
        business.must("PATCH", "/settings", {"orders": {"closed_hours_block_online": False}}, headers={"If-Match": "1"})
        assert place_order(business, always, source="online").status == 201


def check_returns_and_lifetimes(place: Place):
    """What is sold out until a moment comes back by itself; a token ends; an Idempotency-Key is remembered for 30 days."""
    with clockwork(place) as own:
        business = own.business()
        item = tea(business)
        until_then = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).isoformat()
        business.must("POST", f"/items/{item}/sold-out", {"until": until_then})
        made = own.server.run("token", "--tenant", business.slug, "--role", "owner", "--ttl", "2h").strip().splitlines()[-1]
        first = business.call("POST", "/orders", {"lines": [{"item": tea(business)}]}, headers={"Idempotency-Key": "k"})
        body = {"lines": [{"item": first.json["lines"][0]["item"]}]}
        business.news()
        set_clock(own, advance_seconds=3700)
        until(business, f"/items/{item}", "sold_out", False)
        assert [e["type"] for e in business.news()] == ["item.available"]
        assert own.server.call("GET", "/me", token=made).status == 200
        set_clock(own, advance_seconds=3700)
        assert own.server.call("GET", "/me", token=made).status == 401
        set_clock(own, advance_seconds=29 * 86400)
        again = business.call("POST", "/orders", body, headers={"Idempotency-Key": "k"})
        assert again.headers.get("idempotency-replayed") == "true" and again.json["id"] == first.json["id"]
        set_clock(own, advance_seconds=2 * 86400)
        deadline = time.time() + 5
        while (later := business.call("POST", "/orders", body, headers={"Idempotency-Key": "k"})).json["id"] == first.json["id"]:
            assert time.time() < deadline, "the key is remembered for longer"
            time.sleep(0.1)
        assert later.status == 201
