"""`daybook cert local`: a shop's own authority, what it vouches for, and the page that hands it out."""
import pathlib
import re
import ssl
import stat
import subprocess
import tempfile
import time

from tests.kit.business import Place
from tests.kit.server import Server

from .command_line_checks import expect
from .tls_checks import shown


def make(place: Place, data, *hosts):
    return subprocess.run([place.program, "cert", "local", *hosts, "--data", str(data)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL)


def verified(folder, *options) -> bool:
    done = subprocess.run(["openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", folder / "authority.pem",
                           *options], capture_output=True, text=True)
    return done.returncode == 0


def text_of(certificate) -> str:
    return subprocess.run(["openssl", "x509", "-noout", "-text", "-in", certificate], capture_output=True, text=True,
                          check=True).stdout


def check_an_authority_of_ones_own(place: Place):
    """OpenSSL, curl and Python take what was made; keys are 0600; again, it renews the certificate and keeps the authority."""
    with tempfile.TemporaryDirectory() as name:
        data = pathlib.Path(name) / "shop data"
        said = expect(0, make(place, data, "Shop.local", "127.0.0.1", "fd00::5"), "--tls-cert", "shop.local:8080/tls", "SHA-256")
        folder = data / "tls"
        files = {f.name: stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir()}
        assert set(files) == {"authority.pem", "authority.key", "shop.local.pem", "shop.local.key"}, files
        assert files["authority.key"] == files["shop.local.key"] == 0o600, files
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        leaf, authority = text_of(folder / "shop.local.pem"), text_of(folder / "authority.pem")
        assert verified(folder, "-verify_hostname", "shop.local", folder / "shop.local.pem")
        assert verified(folder, "-verify_ip", "fd00::5", folder / "shop.local.pem")
        assert not verified(folder, "-verify_hostname", "other.local", folder / "shop.local.pem")
        assert not verified(folder, "-attime", str(int(time.time()) + 398 * 86400), folder / "shop.local.pem")
        assert verified(folder, "-attime", str(int(time.time()) + 396 * 86400), folder / "shop.local.pem")
        assert "X509v3 Name Constraints: critical" in authority and "prime256v1" in authority, authority
        assert "DNS:shop.local, IP Address:127.0.0.1" in leaf, leaf
        assert qr_of(said) == "https://shop.local:8080/tls"

        before = (folder / "authority.pem").read_text()
        expect(0, make(place, data, "shop.local"), "stays as it is")
        assert (folder / "authority.pem").read_text() == before
        assert text_of(folder / "shop.local.pem") != leaf and verified(folder, folder / "shop.local.pem")
        expect(1, make(place, data, "bank.example"), "authority.pem")
        assert not (folder / "bank.example.pem").exists()
        (folder / "authority.key").unlink()
        expect(1, make(place, data, "shop.local"), "authority.key")
        for wrong in ("shop local", "../shop", "*.local", "http://shop.local", "-x.local"):
            assert make(place, data, wrong).returncode == 2, wrong
        assert make(place, "postgres://127.0.0.1:1/none", "shop.local").returncode == 2


def qr_of(said: str) -> str:
    """The address beside the code, whose finder patterns and quiet zone are looked at."""
    rows = [line for line in said.splitlines() if line and set(line) <= set("█▀▄ ") and len(line) > 20]
    assert len(rows) >= 15 and len({len(r) for r in rows}) == 1, said
    dark = [[c in " ▄" for c in rows[i // 2]] if i % 2 == 0 else [c in " ▀" for c in rows[i // 2]] for i in range(2 * len(rows))]
    side = len(rows[0])
    assert dark[4][4:11] == [True] * 7 and dark[4][side - 11:side - 4] == [True] * 7 and not any(dark[3])
    return re.search(r"https://\S+/tls", said)[0]


def check_the_page_that_hands_it_out(place: Place):
    """No page without an authority; with one, the page, its fingerprint and the file, over HTTPS that curl verifies with it."""
    with tempfile.TemporaryDirectory() as name:
        data = pathlib.Path(name) / "data"
        plain = Server(place.program, data, "--log-level", "off")
        try:
            for path in ("/tls", "/tls/authority.crt"):
                assert plain.call("GET", path, token="").status == 404
            said = expect(0, make(place, data, "localhost", "127.0.0.1"))
            fingerprint = re.search(r"SHA-256 (([0-9A-F]{2}:){31}[0-9A-F]{2})", said)[1]
            page = plain.call("GET", "/tls", token="")
            assert page.status == 200 and fingerprint in page.text and "{{" not in page.text, page.text
            assert page.headers["content-type"].startswith("text/html")
            assert "default-src 'none'" in page.headers["content-security-policy"]
            file = plain.call("GET", "/tls/authority.crt", token="")
            assert file.headers["content-type"] == "application/x-x509-ca-cert"
            assert file.text == (data / "tls" / "authority.pem").read_text()
            der = ssl.PEM_cert_to_DER_cert(file.text)
            assert subprocess.run(["openssl", "x509", "-inform", "der", "-noout", "-fingerprint", "-sha256"], input=der,
                                  capture_output=True, check=True).stdout.decode().strip().endswith(fingerprint)
            assert plain.call("POST", "/tls", {}, token="").status in (404, 405)
            for path in ("/tls/authority.key", "/tls/../tls/authority.key", "/tls/localhost.key", "/tls/"):
                answer = plain.call("GET", path, token="")
                assert answer.status == 404 and "PRIVATE" not in answer.text, path
        finally:
            plain.close()
        pair = [str(data / "tls" / f"localhost.{kind}") for kind in ("pem", "key")]
        trusted = ssl.create_default_context(cafile=data / "tls" / "authority.pem")
        server = Server(place.program, data, "--tls-cert", pair[0], "--tls-key", pair[1], "--log-level", "off", tls=trusted)
        try:
            url = [f"https://{host}:{server.port}/readyz" for host in ("localhost", "127.0.0.1")]
            curl, trust = ["curl", "-sS", "--fail", "--noproxy", "*", *url], ["--cacert", str(data / "tls" / "authority.pem")]
            assert "ready" in subprocess.run([*curl, *trust], capture_output=True, text=True, check=True).stdout
            assert subprocess.run(curl, capture_output=True).returncode == 60, "whom the system trusts is not enough"
            assert server.call("GET", "/tls", token="").status == 200
            before = shown(server.port)
            expect(0, make(place, data, "localhost", "127.0.0.1"))
            deadline = time.time() + 20
            while shown(server.port) == before:
                assert time.time() < deadline, "the renewed certificate is not in use"
                time.sleep(0.1)
            assert server.call("GET", "/readyz", token="").status == 200
        finally:
            server.close()
