"""HTTPS: the same server inside TLS, its certificate and how it changes, and peers that mean no good."""
import contextlib
import pathlib
import ssl
import subprocess
import tempfile
import threading
import time

from tests.kit import certificates
from tests.kit.business import Place
from tests.kit.server import new_id
from tests.kit.socket import TEXT, Socket, connect, frame
from tests.kit.streams import Stream

from .command_line_checks import expect, run


@contextlib.contextmanager
def secured(place: Place, *options: str, log=None):
    """A server with a certificate: (its place, the folder of its files, the two files)."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pair = certificates.make(folder, "shop")
        with place.another("--tls-cert", str(pair[0]), "--tls-key", str(pair[1]), *options, tls=certificates.trusting(pair[0]),
                           log=log) as own:
            yield own, folder, pair


def loose(version=None) -> ssl.SSLContext:
    """Trusts anybody, and speaks that version alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    return context


def shown(port) -> bytes:
    with connect(port, tls=loose()) as s:
        return s.getpeercert(binary_form=True)


def check_calls_streams_and_sockets(place: Place):
    """One server, whatever it is spoken to through: calls, large bodies, an event stream, a WebSocket, the command line."""
    with secured(place, "--diagnostics") as (own, _, pair):
        business = own.business()
        own.server.token = business.token("owner")
        stream = Stream(own.server)
        terminal = Socket(own.server.port, f"/ws/pos/{business.slug}", business.token("owner"), tls=own.server.tls)
        item = business.must("POST", "/items", {"name": "Tea", "price": {"amount": 250, "currency": "EUR"}})["id"]
        order = business.must("POST", "/orders", {"id": new_id("ord"), "lines": [{"item": item}]})
        while stream.hear()[1] != "order.opened":
            pass
        while order["id"] not in str(terminal.hear()):
            pass
        terminal.cut()
        stream.cut()
        long = '{"name": "%s"}' % ("x" * ((1 << 20) - 20))
        kind = {"Content-Type": "application/json"}
        assert business.call("POST", "/stations", raw=long.encode(), headers=kind).status == 422
        assert business.call("POST", "/stations", raw=long.encode() * 4, headers=kind).json["code"] == "http.too_large"
        document = business.call("GET", "/api/v1/openapi.json", role="anonymous")
        assert len(document.text) > 100_000 and document.json["openapi"], "a large answer"
        echo = Socket(own.server.port, "/ws/echo", timeout=60, tls=own.server.tls)
        for size in (1, 125, 70_000, 3_000_000):
            text = "é" * size
            echo.raw(frame(TEXT, text.encode()))
            assert echo.hear_frame()[1] == text.encode(), size
        echo.cut()
        said = expect(0, run(own, "tail", "--tenant", business.slug, "--after", "0", "--count", "2", "--json"))
        assert len(said.splitlines()) == 2
        away = ["--url", f"https://127.0.0.1:{own.server.port}", "--token", business.token("owner")]
        expect(1, run(own, "replay", *away, "--orders", "1"), "certificate")
        expect(0, run(own, "tail", *away, "--authority", str(pair[0]), "--after", "0", "--count", "1"))
        assert own.server.stop() < 10 and own.server.process.returncode == 0


def check_versions(place: Place):
    with secured(place) as (own, _, _pair):
        for version, name in ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")):
            with connect(own.server.port, tls=loose(version)) as s:
                assert s.version() == name
                s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                answer = b""
                while piece := s.recv(65536):  # an end without close_notify would raise
                    answer += piece
                assert answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"}"), answer
        for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            try:
                connect(own.server.port, tls=loose(old)).close()
                raise AssertionError(f"{old} was spoken")
            except OSError:
                pass
        for ciphers in ("AES128-SHA256", "ECDHE-ECDSA-AES128-SHA256"):  # no forward secrecy; encrypts without authenticating
            weak = loose(ssl.TLSVersion.TLSv1_2)
            weak.set_ciphers(ciphers)
            try:
                connect(own.server.port, tls=weak).close()
                raise AssertionError(f"{ciphers} was spoken")
            except OSError:
                pass
        plain = connect(own.server.port)
        plain.sendall(b"GET /api/v1/items HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = b""
        while piece := plain.recv(65536):
            answer += piece
        assert answer.startswith(b"HTTP/1.1 400") and b"http.plain" in answer, answer
        said = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{own.server.port}", "-tls1_2"], input="R\nQ\n",
                              capture_output=True, text=True, timeout=20)
        assert "RENEGOTIATING" in said.stdout + said.stderr and "no renegotiation" in said.stderr, said.stderr


def check_new_files_are_taken_under_load(place: Place):
    """Five changes of certificate and key, one of them broken, while eight callers call: no call fails."""
    with tempfile.NamedTemporaryFile() as log, secured(place, log=log.name) as (own, folder, pair):
        port = own.server.port
        made = [certificates.make(folder, f"next{i}") for i in range(4)]
        tls = certificates.trusting(pair[0], *[c for c, _ in made])
        stop, calls, failed = threading.Event(), [], []

        def caller(keeps):
            own.server.tls = tls
            kept = own.server.connection()
            while not stop.is_set():
                try:
                    status = own.server.call("GET", "/healthz", token="", connection=kept if keeps else None).status
                    calls.append(status)
                    if status != 200:
                        failed.append(status)
                except OSError as error:
                    failed.append(error)

        threads = [threading.Thread(target=caller, args=(i % 2 == 0,)) for i in range(8)]
        for t in threads:
            t.start()
        try:
            for i, new in enumerate(made):
                before = shown(port)
                if i == 2:
                    pair[1].write_text("no key")  # the certificate stays; a broken pair changes nothing
                    time.sleep(3)
                    assert shown(port) == before, "a broken pair is in use"
                certificates.replace(new, pair)
                deadline = time.time() + 20
                while shown(port) == before:
                    assert time.time() < deadline, "the new certificate is not in use"
                    time.sleep(0.1)
        finally:
            stop.set()
            for t in threads:
                t.join(20)
        assert not failed, failed[:5]
        assert len(calls) > 100, calls
        said = pathlib.Path(log.name).read_text()
        assert "no usable private key" in said and "PEM" in said, said
        return f"{len(calls)} calls"


def check_bad_files_end_the_start(place: Place):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (cert, key), (_, other) = certificates.make(folder, "one"), certificates.make(folder, "two")
        locked = folder / "locked.key"
        subprocess.run(["openssl", "pkey", "-in", str(key), "-aes256", "-passout", "pass:x", "-out", str(locked)], check=True)

        def start(cert=None, key=None, **env):
            options = [*(["--tls-cert", str(cert)] if cert else []), *(["--tls-key", str(key)] if key else [])]
            return run(place, "serve", "--listen", "127.0.0.1:0", *options, data=False,
                       env={"DAYBOOK_DATA": name + "/data", **env})

        expect(3, start(cert), "go together")
        expect(3, start(None, key), "go together")
        expect(3, start(cert, other), "does not belong")
        expect(3, start(cert, locked), "passphrase", "openssl pkey")
        expect(3, start(folder / "none.pem", key), "none.pem", "No such file")
        expect(3, start(cert, folder / "none.key"), "none.key", "--tls-key")
        expect(3, start(key, key), "no usable certificate")
        expect(3, start(key=locked, DAYBOOK_TLS_CERT=str(cert)), "passphrase")
        assert not (folder / "data").exists(), "something was made before the files were looked at"
        toml = folder / "daybook.toml"
        toml.write_text(f'tls_cert = "{cert}"\ntls_key = "{key}"\n')
        expect(0, run(place, "config", "--config", str(toml), data=False), f'tls_key = "{key}"')


def check_strangers(place: Place):
    """Silence, garbage, halves of handshakes, thousands of them: honest callers notice nothing, and memory does not grow."""
    with secured(place) as (own, _, _pair):
        hello = hello_of()
        for bytes_ in (b"\x00" * 50, b"\x16\x03\x01\xff\xff" + b"x" * 70_000, hello[:-1] + b"\xff" * 300,
                       b"\x15\x03\x01\x00\x02\x01\x00", b"\x16\x03\x01\x00\x09\x01\x01\xff\xff\x03\x03abc", hello[:20]):
            with connect(own.server.port) as s:
                s.sendall(bytes_)
            assert own.server.call("GET", "/healthz", token="").status == 200
        quiet = own.server.memory()
        held = []
        for _ in range(1500):
            s = connect(own.server.port)
            s.sendall(hello[:100])
            held.append(s)
            if len(held) % 100 == 0:
                assert own.server.call("GET", "/healthz", token="").status == 200
        grown = own.server.memory() - quiet
        assert grown < 200 << 20, f"{grown >> 20} MiB for half-open handshakes (most of it is the sanitizer's)"
        begun = time.time()
        held[-1].settimeout(20)
        assert held[-1].recv(10) == b"" and 5 < time.time() - begun < 15, "a handshake has 10 s"
        for s in held:
            s.close()
        many = [connect(own.server.port, tls=loose()) for _ in range(300)]
        for s in many:
            s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert all(s.recv(12) == b"HTTP/1.1 200" for s in many)
        for s in many:
            s.close()
        assert "daybook_tls_handshakes_failed_total" in own.server.call("GET", "/metrics", token="").text


def hello_of() -> bytes:
    """What a client says first."""
    out = ssl.MemoryBIO()
    client = loose().wrap_bio(ssl.MemoryBIO(), out)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return out.read()
