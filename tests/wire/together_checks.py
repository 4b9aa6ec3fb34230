"""What happens at once: the same key, the same id, positions, and the long poll."""
import threading
import time

from tests.kit.server import Server, new_id

from tests.kit.business import Business, Place


def at_once(server: Server, times: int, ask) -> list:
    """What `ask(connection, number)` gives, asked `times` times at the same moment, each on its own connection."""
    together, given = threading.Barrier(times), [None] * times

    def one(i):
        connection = server.connection(timeout=60)
        connection.connect()
        together.wait()
        given[i] = ask(connection, i)
        connection.close()

    threads = [threading.Thread(target=one, args=(i,)) for i in range(times)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(120)
    return given


def tea(business: Business) -> str:
    return business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]


def poster(business: Business, path: str, body: dict, key=None):
    token, headers = business.token("owner"), {"Idempotency-Key": key} if key else {}
    return lambda connection, _: business.server.call("POST", path, body, token, headers, connection)


def check_one_key_64_times(place: Place):
    """One order, and 64 times the same bytes, all but one of them a replay."""
    business = place.business()
    item = tea(business)
    business.news()
    answers = at_once(place.server, 64, poster(business, "/orders", {"lines": [{"item": item}]}, "one-key"))
    assert {a.status for a in answers} == {201}, [a.status for a in answers]
    assert len({a.text for a in answers}) == 1, "the answers differ"
    assert len({a.headers["location"] for a in answers}) == 1
    assert sum(a.headers.get("idempotency-replayed") == "true" for a in answers) == 63
    assert [e["type"] for e in business.news()].count("order.opened") == 1


def check_one_id_64_times(place: Place):
    """One item: once created, 63 times found."""
    business = place.business()
    body = {"id": new_id("itm"), "name": "Cake", "price": {"amount": 400, "currency": "EUR"}}
    business.news()
    answers = at_once(place.server, 64, poster(business, "/items", body))
    assert sorted(a.status for a in answers) == [200] * 63 + [201], [a.status for a in answers]
    assert len({a.text for a in answers}) == 1, "the answers differ"
    assert [e["type"] for e in business.news()] == ["item.created"]


def check_one_key_with_many_contents(place: Place):
    """Whoever is first has the key; all others are told that it is taken."""
    business = place.business()
    item = tea(business)
    token = business.token("owner")
    business.news()
    answers = at_once(place.server, 16, lambda connection, i: place.server.call(
        "POST", "/orders", {"lines": [{"item": item, "quantity": i + 1}]}, token, {"Idempotency-Key": "k"}, connection))
    assert sorted(a.status for a in answers) == [201] + [422] * 15, [a.status for a in answers]
    assert {a.json["code"] for a in answers if a.status == 422} == {"idempotency.reused"}
    assert [e["type"] for e in business.news()].count("order.opened") == 1


def check_numbers_have_no_gap(place: Place):
    business = place.business()
    item = tea(business)
    token = business.token("owner")
    answers = at_once(place.server, 32, lambda connection, i: place.server.call(
        "POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}]}, token, None, connection))
    assert sorted(a.json["number"] for a in answers) == list(range(1, 33)), [a.text for a in answers if a.status != 201]


def check_one_of_two_changes_is_stale(place: Place):
    """No lost update: of many with the same version one is done."""
    business = place.business()
    item = tea(business)
    token = business.token("owner")
    answers = at_once(place.server, 16, lambda connection, i: place.server.call(
        "PATCH", f"/items/{item}", {"description": f"cup {i}"}, token, {"If-Match": '"1"'}, connection))
    assert sorted(a.status for a in answers) == [200] + [412] * 15, [a.status for a in answers]


def check_one_of_two_moves_is_wrong(place: Place):
    business = place.business()
    order = business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": tea(business)}], "source": "online"})
    token = business.token("owner")
    paths = [f"/orders/{order['id']}/accept", f"/orders/{order['id']}/reject"]
    answers = at_once(place.server, 2, lambda connection, i: place.server.call(
        "POST", paths[i], {"reason": "x"} if i else {}, token, None, connection))
    assert sorted(a.status for a in answers) == [200, 409], [a.text for a in answers]


def check_reads_follow_writes(place: Place):
    """A read that names the position of a write sees it; one that names the future waits for it, at most 5 s."""
    business = place.business()
    item = tea(business)
    other = business.call("GET", "/me")
    epoch, seq = other.headers["daybook-position"].split(":")
    for i in range(10):
        made = business.call("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}]})
        position = made.headers["daybook-position"]
        seen = business.call("GET", "/orders?limit=1", headers={"Daybook-After": position})
        assert seen.json["data"][0]["id"] == made.json["id"], "the read is older than the write"
        assert int(seen.headers["daybook-position"].split(":")[1]) >= int(position.split(":")[1])
    head = int(position.split(":")[1])
    token = business.token("owner")
    waited = {}

    def wait():
        after = {"Daybook-After": f"{epoch}:{head + 1}"}
        waited["answer"] = place.server.call("GET", "/items?limit=1", token=token, headers=after)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    business.must("PATCH", f"/items/{item}", {"description": "late"}, headers={"If-Match": "1"})
    waiting.join(10)
    assert waited["answer"].json["data"][0]["description"] == "late", waited["answer"].text
    start = time.time()
    business.refuse(503, "position.not_reached", "GET", "/items", headers={"Daybook-After": f"{epoch}:{head + 1000}"})
    assert 4.5 < time.time() - start, "it did not wait"


def check_a_long_poll_waits(place: Place):
    """An empty page is held back until there is an entry of these types, or the time is over."""
    business = place.business()
    item = tea(business)
    business.token("staff")
    head = business.call("GET", "/me").headers["daybook-position"]
    start = time.time()
    empty = business.must("GET", f"/daybook?after={head}&wait=1")
    assert empty == {"data": [], "next_cursor": None} and time.time() - start > 0.9, empty
    assert business.must("GET", f"/daybook?after={head}") == {"data": [], "next_cursor": None}
    token, told = business.token("owner"), {}

    def poll():
        told["answer"] = place.server.call("GET", f"/daybook?after={head}&types=order.*&wait=20", token=token)

    polling = threading.Thread(target=poll)
    start = time.time()
    polling.start()
    time.sleep(0.2)
    business.must("PATCH", f"/items/{item}", {"description": "other news"}, headers={"If-Match": "1"})
    time.sleep(0.2)
    assert "answer" not in told, "it woke for a type that was not asked for"
    order = business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}]})
    polling.join(20)
    entries = told["answer"].json["data"]
    assert [e["type"] for e in entries] == ["order.opened"] and entries[0]["data"]["id"] == order["id"], told["answer"].text
    assert time.time() - start < 15
    assert told["answer"].headers["daybook-position"].split(":")[0] == head.split(":")[0]
