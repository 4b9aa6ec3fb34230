"""Signing in, as an attacker sees it: guessing, stolen tokens, other businesses, cookies of other pages, open sockets."""
import base64
import contextlib
import hashlib
import hmac
import json
import pathlib
import statistics
import struct
import subprocess
import tempfile
import threading
import time

from tests.kit.business import Place
from tests.kit.server import Server
from tests.kit.socket import Socket
from tests.wire.clock_checks import set_clock

RIGHT = "correct horse battery"


def create(server, slug, email, role, *more, **how) -> str:
    return server.run("user", "create", "--tenant", slug, "--email", email, "--role", role, *more, **how).strip()


class House:
    """A server of its own, with people who have passwords. Many wrong guesses concern nobody else then."""

    def __init__(self, place: Place):
        self.place, self.server = place, place.server
        self.business = place.business()
        self.slug = self.business.slug
        self.person("ada@example.com", "owner")

    def person(self, email, role, password=RIGHT) -> str:
        return create(self.server, self.slug, email, role, text=password + "\n")

    def ask(self, path, body, **headers):
        return self.server.call("POST", "/auth/" + path, body, token="", headers=headers)

    def login(self, email="ada@example.com", password=RIGHT, tenant=None, headers=None, **more):
        body = {"tenant": tenant or self.slug, "email": email, "password": password, **more}
        return self.server.call("POST", "/auth/login", body, token="", headers=headers)

    def sign_in(self, email="ada@example.com") -> dict:
        answer = self.login(email)
        assert answer.status == 200, answer.text
        return answer.json

    def refresh(self, token):
        return self.ask("refresh", {"refresh_token": token})

    def me(self, token) -> int:
        return self.server.call("GET", "/me", token=token).status


@contextlib.contextmanager
def house(place: Place, *options):
    with place.another("--diagnostics", *options) as own:
        yield House(own)


def check_command_line_adds_people(place: Place):
    """`daybook user create`, with a password on standard input, beside a running server."""
    business = place.business()
    made = create(place.server, business.slug, "cli@example.com", "staff", "--pin", "2580", text=RIGHT + "\n")
    person = business.must("GET", f"/users/{made}")
    assert person["name"] == "cli" and person["password_set_at"] and person["pin_set_at"], person
    body = {"tenant": business.slug, "email": "cli@example.com", "password": RIGHT}
    assert place.server.call("POST", "/auth/login", body, token="").status == 200
    assert create(place.server, business.slug, "cli@example.com", "staff", check=False) == "", "the address is taken"


def check_people_are_not_told_apart_by_time(place: Place):
    """Somebody who is there, who is not, and a business that is not: the same answer, in the same time (the median of 15)."""
    with house(place) as h:
        h.person("bob@example.com", "staff", "")
        answers = set()
        cases = {"there": {}, "unknown": {"email": "x@example.com"}, "without a password": {"email": "bob@example.com"},
                 "no such business": {"tenant": "nowhere"}}
        took = {name: [] for name in cases}
        for turn in range(15):
            set_clock(h.place, advance_seconds=7200)  # nothing is closed
            for name, case in cases.items():
                start = time.perf_counter()
                answer = h.login(**{"password": f"wrong {turn}", **case})
                took[name].append(time.perf_counter() - start)
                problem = answer.json
                problem.pop("request_id")
                answers.add((answer.status, json.dumps(problem), "daybook-position" in answer.headers))
        assert len(answers) == 1, answers
        medians = {name: statistics.median(times) for name, times in took.items()}
        assert min(medians.values()) > 0.005, f"a password was not compared: {medians}"
        assert max(medians.values()) < 2 * min(medians.values()), medians


def check_guessing_over_businesses_is_slowed(place: Place):
    """One address that guesses at ever new people of ever new businesses is stopped by the server as a whole."""
    with house(place) as h:
        session = h.sign_in()
        slugs = [h.slug] + [h.place.business().slug for _ in range(3)]
        for n in range(200):
            answer = h.login(email=f"p{n}@example.com", password="guess", tenant=slugs[n % 4])
            if answer.status == 429:
                break
        assert answer.status == 429 and 90 <= n <= 110, (n, answer.text)
        assert int(answer.headers["retry-after"]) >= 1, answer.headers
        assert h.refresh(session["refresh_token"]).status == 200, "who shares the address stays signed in"


def check_locks_survive_a_restart(place: Place):
    with house(place) as h:
        for _ in range(5):
            assert h.login(password="guess").status == 401
        assert h.login(password="guess").status == 429
        h.server.stop()
        h.server.start()
        closed = h.login()
        assert closed.status == 429 and 1 <= int(closed.headers["retry-after"]) <= 30, closed.headers
        assert closed.json["code"] == "auth.too_many_attempts", closed.text


def check_stolen_refresh_tokens(place: Place):
    """A lost reply and a second tab log nobody out; a copy that is used later ends the session for both."""
    with house(place) as h:
        first = h.sign_in()
        pairs = [None] * 8

        def tab(n):
            pairs[n] = h.refresh(first["refresh_token"]).json

        tabs = [threading.Thread(target=tab, args=(n,)) for n in range(8)]
        for t in tabs:
            t.start()
        for t in tabs:
            t.join()
        assert len({pair["refresh_token"] for pair in pairs}) == 1, pairs
        second = pairs[0]
        assert h.me(second["access_token"]) == 200
        set_clock(h.place, advance_seconds=61)
        assert h.refresh(first["refresh_token"]).status == 401
        assert h.refresh(second["refresh_token"]).status == 401, "whoever it was, neither goes on"
        assert h.me(second["access_token"]) == 401
        assert h.me(h.sign_in()["access_token"]) == 200
        events = [e["type"] for e in h.business.news()]
        assert events.count("security.refresh_reused") == 1, events


def check_tokens_of_another_business_and_of_yesterday(place: Place):
    with house(place) as h:
        mine = h.sign_in()
        other = h.place.business()
        for token in (mine["access_token"], mine["refresh_token"]):
            for forged in (token.replace("_" + h.slug + ".", "_" + other.slug + "."), token[:-4] + "AAAA", token + "A",
                           token.replace("dba_", "dbr_") if token.startswith("dba_") else token.replace("dbr_", "dba_")):
                assert h.me(forged) == 401, forged
                assert h.refresh(forged).status == 401, forged
        assert h.server.call("GET", f"/ws/pos/{other.slug}", token=mine["access_token"]).status in (404, 426)
        set_clock(h.place, advance_seconds=901)
        assert h.me(mine["access_token"]) == 401
        set_clock(h.place, advance_seconds=-3600)
        fresh = h.refresh(mine["refresh_token"])  # the clock stepped back: nobody is logged out
        assert fresh.status == 200 and h.me(fresh.json["access_token"]) == 200
        h.server.kill()
        h.server.start()
        assert h.me(fresh.json["access_token"]) == 200, "sessions survive the server"


def pos_socket(h: House, token) -> Socket:
    socket = Socket(h.server.port, f"/ws/pos/{h.slug}", token)
    assert socket.hear()["type"] == "ready"
    return socket


def closed_within(socket: Socket, seconds: float):
    start = time.time()
    code = socket.closed()
    assert time.time() - start < seconds, f"closed after {time.time() - start:.1f} s"
    return code


def check_open_sockets_end_with_their_session(place: Place):
    """Revoked, signed off, deactivated, demoted, a new password: the socket is closed within a second."""
    with house(place) as h:
        owner = h.business
        bob = h.person("bob@example.com", "manager")

        def change(**members):
            return owner.must("PATCH", f"/users/{bob}", members, headers={"If-Match": "*"})

        ends = {"revoked": lambda s: owner.must("DELETE", f"/sessions/{s['session']}"),
                "signed off": lambda s: h.ask("logout", {"refresh_token": s["refresh_token"]}),
                "signed off by access": lambda s: h.server.call("POST", "/auth/logout", {}, token=s["access_token"]),
                "a new password": lambda s: change(password=RIGHT),
                "deactivated": lambda s: (change(active=False), change(active=True))}
        for why, end in ends.items():
            session = h.sign_in("bob@example.com")
            socket, other = pos_socket(h, session["access_token"]), pos_socket(h, h.sign_in()["access_token"])
            end(session)
            assert closed_within(socket, 1.5) == 4000, why
            assert h.me(session["access_token"]) == 401, why
            other.say({"type": "ping"})
            assert other.hear()["type"] == "pong", "nobody else is disturbed"
        session = h.sign_in("bob@example.com")
        socket = pos_socket(h, session["access_token"])
        owner.must("POST", "/roles", {"name": "idle", "permissions": []}, headers={"Idempotency-Key": "idle"})
        change(role="idle")
        assert closed_within(socket, 1.5) == 4003, "a right that is gone"
        assert h.me(session["access_token"]) == 200, "the session itself goes on"
        assert h.server.call("GET", "/orders", token=session["access_token"]).status == 403


def check_the_cookie_is_for_our_own_pages(place: Place):
    with house(place) as h:
        host = f"127.0.0.1:{h.server.port}"
        ours = {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        assert h.login(cookie=True).status == 403, "without a word of where it comes from"
        assert h.login(cookie=True, headers={"Origin": "https://evil.example"}).json["code"] == "auth.foreign_page"
        answer = h.login(cookie=True, headers=ours)
        assert answer.status == 200 and "refresh_token" not in answer.json, answer.text
        header = answer.headers["set-cookie"]
        attributes = [part.strip() for part in header.split(";")]
        assert attributes[0].startswith(f"daybook_refresh=dbr_{h.slug}."), header
        assert {"HttpOnly", "SameSite=Strict", "Secure", "Path=/api/v1/auth"} <= set(attributes), header
        cookie = {"Cookie": "theme=dark; " + attributes[0]}
        for foreign in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Origin": f"http://{host}", "Sec-Fetch-Site": "cross-site"}, {"Origin": f"http://{host}.evil.example"},
                        {"Sec-Fetch-Site": "same-site"}):
            for path in ("refresh", "logout"):
                assert h.ask(path, {}, **cookie, **foreign).json["code"] == "auth.foreign_page", foreign
        again = h.ask("refresh", {}, **cookie, **ours)
        assert again.status == 200 and "refresh_token" not in again.json, again.text
        assert again.headers["set-cookie"].split(";")[0] != attributes[0], "the next one"
        assert h.server.call("GET", "/me", token="", headers=cookie).status == 401, "it opens nothing else"
        over = h.ask("logout", {}, Cookie=again.headers["set-cookie"].split(";")[0], **ours)
        assert over.status == 200 and "Max-Age=0" in over.headers["set-cookie"], over.headers
        gone = h.ask("refresh", {}, Cookie=again.headers["set-cookie"].split(";")[0], **ours)
        assert gone.status == 401 and "Max-Age=0" in gone.headers["set-cookie"], gone.headers


def check_no_session_is_fixed_from_outside(place: Place):
    """A credential that an attacker brings along is never the one that the victim goes on with."""
    with house(place) as h:
        ours = {"Origin": f"http://127.0.0.1:{h.server.port}"}
        h.person("eve@example.com", "viewer")
        eves = h.sign_in("eve@example.com")
        brought = {"Cookie": f"daybook_refresh={eves['refresh_token']}", "Authorization": f"Bearer {eves['access_token']}"}
        answer = h.login(cookie=True, headers={**ours, **brought})
        fresh = answer.headers["set-cookie"].split(";")[0].split("=", 1)[1]
        assert answer.json["session"] != eves["session"] and fresh != eves["refresh_token"], answer.text
        assert answer.json["user"]["name"] == "ada"
        assert h.refresh(eves["refresh_token"]).json["user"]["name"] == "eve"


def check_many_at_once_slow_no_order_down(place: Place):
    """64 people sign in at once; orders that are placed meanwhile do not wait for them."""
    with house(place) as h:
        item = h.business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]
        statuses = []
        h.business.must("POST", "/orders", {"lines": [{"item": item}]}, headers={"Idempotency-Key": "warm"})
        threads = [threading.Thread(target=lambda: statuses.append(h.login().status)) for _ in range(64)]
        for t in threads:
            t.start()
        took = []
        while any(t.is_alive() for t in threads):
            start = time.perf_counter()
            h.business.must("POST", "/orders", {"lines": [{"item": item}]}, headers={"Idempotency-Key": f"k{len(took)}"})
            took.append(time.perf_counter() - start)
        for t in threads:
            t.join()
        assert statuses == [200] * 64, statuses
        assert len(took) > 10 and statistics.median(took) < 0.1, f"{len(took)} orders, median {statistics.median(took):.3f} s"


def check_secrets_are_nowhere(place: Place):
    """No password, PIN or token in the files of the data, in the logs, or in what anybody can read."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="daybook-secrets-"))
    server = Server(place.program, folder / "data", "--log-level", "debug", log=folder / "log")
    try:
        server.run("tenant", "create", "shop")
        owner = server.sign_in("owner", "shop")
        password, wrong, pin = "an uncommon secret", "a wrong one of Ada's", "83615204"
        made = server.call("POST", "/users", {"name": "Ada", "email": "ada@example.com", "role": "owner", "password": password,
                                              "pin": pin}, headers={"Idempotency-Key": "k"})
        assert made.status == 201, made.text
        server.call("PATCH", f"/users/{made.json['id']}", {"password": password + "!"},
                    headers={"Idempotency-Key": "k2", "If-Match": "*"})
        login = {"tenant": "shop", "email": "ada@example.com", "password": password + "!"}
        server.call("POST", "/auth/login", {**login, "password": wrong}, token="")
        session = server.call("POST", "/auth/login", login, token="", headers={"Idempotency-Key": "k3"}).json
        again = server.call("POST", "/auth/refresh", {"refresh_token": session["refresh_token"]}, token="").json
        secrets = [password, wrong, pin, owner.split(".")[1]]
        secrets += [t.split(".")[1] for s in (session, again) for t in (s["access_token"], s["refresh_token"])]
        read = server.call("GET", "/daybook?limit=1000", token=owner).text + server.call("GET", "/audit", token=owner).text
        read += server.call("GET", "/users", token=owner).text + server.call("GET", "/metrics", token="").text
        server.stop()
        files = {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        assert len(files) >= 3, files.keys()
        for secret in secrets:
            assert secret not in read, "it is answered"
            for name, held in files.items():
                assert secret.encode() not in held, f"{secret} lies in {name}"
        keys = (folder / "data" / "keys")
        assert keys.stat().st_mode & 0o777 == 0o600, "others may read the master keys"
        key = keys.read_text().split()[-1]
        assert bytes.fromhex(key) not in files[str(folder / "data" / "daybook.db")], "the key lies in the database"
    finally:
        server.close()


def check_keys_and_devices(place: Place):
    """A key of the command line, its last use; a till that is paired, people who sign in at it, and its removal."""
    with house(place) as h:
        owner = h.business
        made = h.server.run("key", "create", "--tenant", h.slug, "--name", "Books", "--scopes", "orders:read,settings:read",
                            "--ttl", "1h").strip().splitlines()[-1]
        assert made.startswith(f"dbk_{h.slug}."), made
        assert h.server.call("GET", "/orders", token=made).status == 200
        assert h.server.call("GET", "/users", token=made).status == 403
        deadline = time.time() + 5
        while not (key := owner.must("GET", "/api-keys")["data"][0])["last_used"]:
            assert time.time() < deadline, "its use is not told"
            time.sleep(0.1)
        assert key["key"] is None and key["maker"] == "system/command line", key
        rotated = owner.must("POST", f"/api-keys/{key['id']}/rotate", {"overlap_seconds": 60})["key"]
        assert [h.server.call("GET", "/orders", token=t).status for t in (made, rotated)] == [200, 200]
        set_clock(h.place, advance_seconds=61)
        assert [h.server.call("GET", "/orders", token=t).status for t in (made, rotated)] == [401, 200]
        socket = pos_socket(h, rotated)
        owner.must("DELETE", f"/api-keys/{key['id']}")
        assert closed_within(socket, 1.5) == 4000, "a revoked key's socket"
        assert h.server.call("GET", "/orders", token=rotated).status == 401
        created = owner.call("POST", "/api-keys", {"name": "x", "scopes": ["orders:read"]}, headers={"Idempotency-Key": "k"})
        assert created.status == 201 and created.headers["location"] == f"/api/v1/api-keys/{created.json['id']}", created.headers

        location = owner.must("GET", "/locations")["data"][0]["id"]
        code = owner.must("POST", "/devices/pairing-codes", {"name": "Till", "location": location})["code"]
        paired = h.server.call("POST", "/devices/pair", {"code": code}, token="").json
        owner.must("POST", "/users", {"name": "Bob", "role": "staff", "pin": "2580"})
        session = h.ask("pin", {"device_token": paired["device_token"], "pin": "2580"}).json
        assert session["user"]["name"] == "Bob" and session["expires_in"] == 900, session
        socket = pos_socket(h, session["access_token"])
        owner.must("DELETE", f"/devices/{paired['device']['id']}")
        assert closed_within(socket, 1.5) == 4000, "a removed device's socket"
        assert h.ask("pin", {"device_token": paired["device_token"], "pin": "2580"}).status == 401


def one_time_code(secret: str, away=0) -> str:
    """RFC 6238, of the machine's own clock."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(time.time()) // 30 + away), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def check_a_second_factor_and_a_new_master_key(place: Place):
    """Set up, confirmed, asked for; it and signed-in people survive a rotation of the master keys; without keys codes recover."""
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "data"
        server = Server(place.program, data, "--log-level", "off")
        try:
            server.run("tenant", "create", "shop")
            create(server, "shop", "ada@example.com", "owner", text=RIGHT + "\n")
            login = {"tenant": "shop", "email": "ada@example.com", "password": RIGHT}

            def sign_in(**more):
                return server.call("POST", "/auth/login", {**login, **more}, token="")

            session = sign_in().json
            begun = server.call("POST", "/me/totp", {"password": RIGHT}, token=session["access_token"]).json
            assert begun["url"].startswith("otpauth://totp/shop:ada%40example.com?secret=" + begun["secret"]), begun["url"]
            code = {"code": one_time_code(begun["secret"], -1)}
            codes = server.call("POST", "/me/totp/confirm", code, token=session["access_token"]).json["recovery_codes"]
            assert len(set(codes)) == 10, codes
            assert sign_in().json["code"] == "auth.totp_required"
            assert sign_in(totp=code["code"]).json["code"] == "auth.invalid", "used once"
            first = server.run("keys", "list").split()
            second = server.run("keys", "rotate").split()
            assert server.run("keys", "list").split() == second + first
            server.stop()
            server.start()
            again = server.call("POST", "/auth/refresh", {"refresh_token": session["refresh_token"]}, token="")
            assert again.status == 200, "who was signed in stays so"
            time.sleep(0.5)
            keys = data / "keys"
            lines = keys.read_text().splitlines()
            keys.write_text("\n".join(line for line in lines if first[0] not in line) + "\n")
            server.stop()
            server.start()
            assert sign_in(totp=one_time_code(begun["secret"], 1)).status == 200, "it was sealed again under the new key"
            keys.unlink()
            server.stop()
            server.start()
            assert sign_in(totp=codes[0]).status == 200, "a recovery code needs no key"
            server.stop()
            keys.chmod(0o644)
            command = [place.program, "serve", "--data", data, "--listen", "127.0.0.1:0"]
            refused = subprocess.run(command, capture_output=True, text=True, timeout=60)
            assert refused.returncode == 3 and "chmod 600" in refused.stderr, refused.stderr
        finally:
            server.close()
