"""Manners below JSON: methods, media types, sizes, times, compression, origins. Spoken over bare sockets where it must be."""
import gzip
import json
import socket
import threading
import time

from tests.kit.server import new_id

from tests.kit.business import Place, check_manners


class Raw:
    """One connection, spoken to byte by byte."""

    def __init__(self, place: Place):
        self.socket = socket.create_connection(("127.0.0.1", place.server.port), timeout=40)
        self.file = self.socket.makefile("rb")

    def send(self, text):
        self.socket.sendall(text if isinstance(text, bytes) else text.replace("\n", "\r\n").encode())
        return self

    def answer(self, bodiless=False):
        """(status, headers, body); None where the server closed without a word."""
        line = self.file.readline()
        if not line:
            return None
        headers = {}
        while (text := self.file.readline().decode().strip()):
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        status = int(line.split()[1])
        return status, headers, self.file.read(0 if bodiless else int(headers.get("content-length", 0)))

    def close(self):
        self.file.close()
        self.socket.close()


def asked(place: Place, text):
    raw = Raw(place).send(text)
    try:
        return raw.answer(bodiless=text.startswith(b"HEAD" if isinstance(text, bytes) else "HEAD"))
    finally:
        raw.close()


def head(business, method="GET", path="/api/v1/items", *lines):
    return "\n".join([f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {business.token('owner')}", *lines, "", ""])


def problem(answer, status, code):
    assert answer, "no answer"
    assert answer[0] == status, answer
    assert answer[1]["content-type"] == "application/problem+json", answer
    told = json.loads(answer[2])
    assert told["code"] == code and told["status"] == status, told
    for member in ("type", "title", "detail", "request_id"):
        assert member in told, told
    return told


def check_sizes(place: Place):
    """1 MiB of body, 16 KiB of headers; what is refused is read and dropped, so that the answer arrives."""
    business = place.business()
    fits = '{"name": "%s"}' % ("x" * ((1 << 20) - 20))
    assert business.call("POST", "/stations", raw=fits.encode(), headers={"Content-Type": "application/json"}).status == 422
    big = b'{"name": "' + b"x" * (5 << 20) + b'"}'
    told = business.call("POST", "/stations", raw=big, headers={"Content-Type": "application/json"})
    assert told.status == 413 and told.json["code"] == "http.too_large", told.text
    chunked = head(business, "POST", "/api/v1/stations", "Content-Type: application/json", "Transfer-Encoding: chunked")
    raw = Raw(place).send(chunked)
    for _ in range(40):
        raw.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    problem(raw.send(b"0\r\n\r\n").answer(), 413, "http.too_large")
    raw.close()
    problem(asked(place, head(business, "GET", "/api/v1/items", "X-Long: " + "x" * 16400)), 431, "http.header_too_large")
    many = [f"X-{i}: {'y' * 100}" for i in range(200)]
    problem(asked(place, head(business, "GET", "/api/v1/items", *many)), 431, "http.header_too_large")
    assert asked(place, head(business, "GET", "/api/v1/items", "X-Long: " + "x" * 15000))[0] == 200


def check_times(place: Place):
    """Headers later than 15 s, and a body without progress for 15 s: 408. A body that comes slowly but comes is taken."""
    business = place.business()
    started, told = time.time(), {}
    body = b'{"name": "Slow"}'

    def late_head():
        told["head"] = asked(place, "GET /api/v1/items HTTP/1.1\nHost: x\n")

    def late_body():
        sent = head(business, "POST", "/api/v1/stations", "Content-Type: application/json", "Content-Length: 100")
        told["body"] = asked(place, sent.replace("\n", "\r\n").encode() + b'{"na')

    def slow_body():
        size = f"Content-Length: {len(body)}"
        raw = Raw(place).send(head(business, "POST", "/api/v1/stations", "Content-Type: application/json", size))
        for byte in range(len(body)):
            raw.send(body[byte:byte + 1])
            time.sleep(1.1)
        told["slow"] = raw.answer()
        raw.close()

    threads = [threading.Thread(target=f) for f in (late_head, late_body, slow_body)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(40)
    problem(told["head"], 408, "http.timeout")
    problem(told["body"], 408, "http.timeout")
    assert told["slow"][0] == 201, told["slow"]
    assert time.time() - started > 14, "it did not wait"


def check_malformed(place: Place):
    """What is no HTTP is 400, and never hangs."""
    business = place.business()
    token = business.token("owner")
    for text in ("GET\n\n", "GET /api/v1/items\n\n", "GET /api/v1/items HTTP/1.1\n\n", "get items HTTP/1.1\nHost: x\n\n",
                 "GET /api/v1/items HTTP/1.1\nHost: x\nBad Header: 1\n\n", "GET /api/v1/items HTTP/1.1\nHost: x\nHost: y\n\n",
                 "POST /api/v1/items HTTP/1.1\nHost: x\nContent-Length: 5\nContent-Length: 6\n\n",
                 "POST /api/v1/items HTTP/1.1\nHost: x\nContent-Length: 5\nTransfer-Encoding: chunked\n\n",
                 "POST /api/v1/items HTTP/1.1\nHost: x\nContent-Length: -5\n\n", "\x00\x01\x02\x03\n\n"):
        problem(asked(place, text), 400, "http.malformed")
    problem(asked(place, "GET /api/v1/items HTTP/3.0\nHost: x\n\n"), 505, "http.version")
    kept = Raw(place)
    for path, status in (("/api/v1/items", 200), ("/api/v1/nothing", 404), ("/api/v1/me", 200)):
        answer = kept.send(f"GET {path} HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n\n").answer()
        assert answer[0] == status, answer
    kept.send((f"GET /api/v1/me HTTP/1.1\nHost: x\nAuthorization: Bearer {token}\n\n") * 3)  # asked in one breath
    assert [kept.answer()[0] for _ in range(3)] == [200, 200, 200]
    kept.close()


def check_bodies(place: Place):
    """Malformed JSON is 400, a document that breaks a rule 422; the media type is looked at first."""
    business = place.business()

    def post(raw: bytes, kind="application/json"):
        return business.call("POST", "/stations", raw=raw, headers={"Content-Type": kind} if kind else {})

    for raw in (b"{", b"{}{}", b'{"name":}', b"nul", b'{"name":"a",}', b'{"name":"\xff"}', b"\xef\xbb\xbf{}",
                b"[" * 40 + b"]" * 40, b'{"name":"\\ud800"}', b'{"name":01}', b"{'name':'a'}", b'{"name":"a\nb"}'):
        answer = post(raw)
        assert answer.status == 400 and answer.json["code"] == "input.malformed", (raw, answer.text)
    for raw in (b"[]", b'"text"', b"null", b"7", b"{}", b'{"name":""}', b'{"name":"a\\u0000b"}', b'{"name":null}', b""):
        answer = post(raw)
        assert answer.status == 422 and answer.json["code"] == "input.invalid", (raw, answer.text)
    for kind in ("text/plain", "application/xml", "multipart/form-data", "application/json; charset=utf-16", "json"):
        assert post(b'{"name":"a"}', kind).json["code"] == "input.media_type", kind
    assert post(b'{"name":"a"}', None).status == 415
    assert post(b'{"name":"a"}', "Application/JSON; charset=UTF-8").status == 201
    assert post('{"name":"Grüße 🍕"}'.encode()).json["name"] == "Grüße 🍕"
    wide = business.call("POST", "/stations", {"name": "🍕" * 80})
    assert wide.status == 201, "a length counts code points"
    assert business.call("POST", "/stations", {"name": "🍕" * 81}).status == 422


def check_methods_and_pages(place: Place):
    business = place.business()
    for path in ("/healthz", "/readyz", "/metrics", "/docs", "/api/v1/openapi.json", "/docs/problems"):
        answer = business.call("GET", path, role="anonymous")
        assert answer.status == 200, (path, answer.text)
        assert asked(place, f"HEAD {path} HTTP/1.1\nHost: x\n\n")[0] == 200, path
        wrong = business.call("POST", path, {}, role="anonymous")
        assert wrong.status == 405 and "GET" in wrong.headers["allow"], (path, wrong.text)
    root = asked(place, "GET / HTTP/1.1\nHost: x\n\n")
    assert root[0] == 302 and root[1]["location"] == "/docs", root
    document = business.call("GET", "/api/v1/openapi.json", role="anonymous").json
    assert document["openapi"].startswith("3.1")
    for path, methods in document["paths"].items():
        allowed = asked(place, f"OPTIONS {path.replace('{', '').replace('}', '')} HTTP/1.1\nHost: x\n\n")
        assert allowed[0] == 204, (path, allowed)
        for method in methods:
            assert method.upper() in allowed[1]["allow"].split(", "), (path, method, allowed[1])
        wrong = business.call("PUT", path.removeprefix("/api/v1"), {}) if path != "/api/v1/openapi.json" else None
        assert wrong is None or (wrong.status == 405 and wrong.headers["allow"]), (path, wrong.text)
    business.refuse(404, "route.unknown", "GET", "/api/v2/items")
    business.refuse(404, "route.unknown", "GET", "/api/v1/ITEMS")


def check_compression(place: Place):
    business = place.business()
    for i in range(30):
        business.must("POST", "/stations", {"name": f"Station number {i}"})
    plain = business.call("GET", "/stations").text
    for coding in ("gzip", "br"):
        status, headers, body = asked(place, head(business, "GET", "/api/v1/stations", f"Accept-Encoding: {coding}"))
        assert status == 200 and headers["content-encoding"] == coding, headers
        assert "accept-encoding" in headers["vary"].lower(), headers
        assert len(body) < len(plain) / 3
        if coding == "gzip":
            assert gzip.decompress(body).decode() == plain
    for coding in ("identity", "gzip;q=0", "zstd"):
        assert "content-encoding" not in asked(place, head(business, "GET", "/api/v1/stations", f"Accept-Encoding: {coding}"))[1]


def check_origins(place: Place):
    """CORS by setting: off unless origins are named; then for those alone."""
    business = place.business()
    preflight = ("Origin: https://shop.example", "Access-Control-Request-Method: PATCH")
    off = asked(place, head(business, "OPTIONS", "/api/v1/items/x", *preflight))
    assert off[0] == 204 and "access-control-allow-origin" not in off[1], off
    with place.another("--cors-origins", "https://shop.example") as other:
        shop = other.business()
        on = asked(other, head(shop, "OPTIONS", "/api/v1/items/x", *preflight))[1]
        assert on["access-control-allow-origin"] == "https://shop.example", on
        assert "PATCH" in on["access-control-allow-methods"]
        for header in ("Authorization", "Idempotency-Key", "If-Match", "Daybook-After", "Last-Event-ID"):
            assert header in on["access-control-allow-headers"], on
        read = asked(other, head(shop, "GET", "/api/v1/items", "Origin: https://shop.example"))[1]
        assert read["access-control-allow-origin"] == "https://shop.example"
        for header in ("ETag", "Location", "Link", "Daybook-Position", "Idempotency-Replayed"):
            assert header in read["access-control-expose-headers"], read
        assert "origin" in read["vary"].lower()
        strange = asked(other, head(shop, "GET", "/api/v1/items", "Origin: https://evil.example"))[1]
        assert "access-control-allow-origin" not in strange, strange


def check_connections_of_tokens_of_others(place: Place):
    """The token alone says whose business it is; nothing else of the request does."""
    business, stranger = place.business(), place.business()
    item = business.must("POST", "/items", {"id": new_id("itm"), "name": "Tea", "price": {"amount": 1, "currency": "EUR"}})
    answer = stranger.call("GET", f"/items/{item['id']}", headers={"Host": business.slug, "X-Tenant": business.slug})
    assert answer.status == 404
    check_manners(answer, "GET", signed_in=True)
