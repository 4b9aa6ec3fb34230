"""Letters: what a real mail server gets, and what is said of one that is missing, refuses, lies or says nothing."""
import concurrent.futures
import contextlib
import email
import email.policy
import json
import os
import pathlib
import socket
import subprocess
import tempfile
import threading
import time

from tests.kit import certificates
from tests.kit.business import Place

from .command_line_checks import expect

SERVER = pathlib.Path(__file__).resolve().parents[1] / "kit" / "smtp_server.py"
FROM = "Café Übersee <orders@shop.example>"


def send(place: Place, url, *options: str, to="ada@example.org", sender=FROM):
    return subprocess.run([place.program, "mail", to, *options], capture_output=True, text=True, timeout=90,
                          stdin=subprocess.DEVNULL, env=settings(url, sender))


def settings(url, sender=FROM):
    return {**os.environ, "DAYBOOK_MAIL_URL": url, "DAYBOOK_MAIL_FROM": sender}


@contextlib.contextmanager
def mail_server(folder, *options: str):
    # The system's Python knows Debian's packages; -P: kit/socket.py is not the library's.
    command = ["/usr/bin/python3", "-P", str(SERVER), str(folder), *map(str, options)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def letter(folder, number=1):
    """(the envelope, the letter read by Python's own reader, its bytes)"""
    head, _, content = (folder / f"{number}.eml").read_bytes().partition(b"\n")
    return json.loads(head), email.message_from_bytes(content, policy=email.policy.default), content


class Script(threading.Thread):
    """A server that says what the script has for each command: {"MAIL": "451 later"}; None: it hangs up; a number: it waits."""

    def __init__(self, **answers):
        super().__init__(daemon=True)
        self.answers = {"": "220 mail.example", "EHLO": "250-mail.example\r\n250 SIZE 1000000", "HELO": "250 hello",
                        "MAIL": "250 ok", "RCPT": "250 ok",
                        "DATA": "354 go on", ".": "250 2.0.0 kept", "QUIT": "221 bye", **answers}
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = []
        self.start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                peer, _ = self.listener.accept()
                with peer, contextlib.suppress(OSError):
                    self.talk(peer, peer.makefile("rb"))

    def talk(self, peer, lines):
        command = ""
        while True:
            answer = self.answers.get(command, "502 unknown")
            if answer is None:
                return
            if isinstance(answer, (int, float)):
                time.sleep(answer)
                return
            peer.sendall(answer.encode() + b"\r\n")
            if command == "DATA" and answer.startswith("354"):
                while (line := lines.readline()) not in (b".\r\n", b""):
                    self.heard.append(line.decode().rstrip())
                command = "."
                continue
            line = lines.readline().decode().rstrip()
            if not line:
                return
            self.heard.append(line)
            command = line.split()[0].upper().partition(":")[0]


def check_a_letter_arrives(place: Place):
    """Two forms of one text, in UTF-8, a sender and a subject that are not ASCII, lines that begin with dots, long ones."""
    with tempfile.TemporaryDirectory() as name, mail_server(folder := pathlib.Path(name)) as port:
        url = f"smtp://127.0.0.1:{port}"
        subject = "Ihre Bestellung 🍕 " + "sehr lang " * 30
        expect(0, send(place, url, "--subject", subject, to="Ada Lovelace <ada@example.org>"), "accepted: 250 2.0.0 kept")
        envelope, message, content = letter(folder)
        assert (envelope["from"], envelope["to"]) == ("orders@shop.example", ["ada@example.org"]), envelope
        assert envelope["hello"] == "shop.example", envelope
        assert message["subject"] == subject and message["to"] == "Ada Lovelace <ada@example.org>", message["subject"]
        assert message["from"].addresses[0].display_name == "Café Übersee", message["from"]
        assert message["mime-version"] == "1.0" and message["message-id"].endswith("@shop.example>")
        assert abs(message["date"].datetime.timestamp() - time.time()) < 100
        assert message.get_content_type() == "multipart/alternative" and not message.defects
        plain, html = message.iter_parts()
        assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
        assert plain.get_content().replace("\r", "").startswith("This letter was sent by `daybook mail`.\nIf you"), content
        assert "“äöü €”" in html.get_content() and html.get_content().startswith("<p>")
        content.decode("ascii")
        lines = content.split(b"\r\n")
        assert max(map(len, lines)) <= 998 and max(len(x) for x in lines if not x.startswith(b"Content-Type:")) <= 78, content
        assert b"\n" not in content.replace(b"\r\n", b"") and b"\r" not in content.replace(b"\r\n", b"")
        first = message["message-id"]
        text = "a line\n.\n..two\n.three\n" + "long " * 1000 + "\n\n=20 = é\ttab \nRCPT TO:<x@y.example>\n.\nend"
        expect(0, send(place, url, "--text", text))
        _, message, content = letter(folder, 2)
        assert message["message-id"] != first
        (plain,) = message.iter_parts()
        assert plain.get_content().replace("\r\n", "\n") == text, content
        assert max(len(x) for x in content.split(b"\r\n") if not x.startswith(b"Content-Type:")) <= 78, content


def check_headers_are_not_injected(place: Place):
    with tempfile.TemporaryDirectory() as name, mail_server(folder := pathlib.Path(name)) as port:
        url = f"smtp://127.0.0.1:{port}"
        for subject in ("a\r\nBcc: eve@example.org", "a\nb", "a\rb"):
            expect(1, send(place, url, "--subject", subject), "refused", "line break")
        for to in ("a@example.org\r\nBcc: eve@example.org", "a@example.org>\r\nRCPT TO:<eve@example.org",
                   "a@x.example, b@x.example", "nobody"):
            expect(1, send(place, url, to=to), "refused")
        expect(3, send(place, url, sender="a\r\nb <a@b.example>"), "DAYBOOK_MAIL_FROM")
        assert not list(folder.iterdir())


def check_passwords_and_tls(place: Place):
    """STARTTLS is demanded and verified, unless the server is this machine's or --mail-insecure says so."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        pair = certificates.make(folder, "mail", addresses=("127.0.0.1", "0.0.0.0"))
        (folder / "in").mkdir()
        with mail_server(folder / "in", *pair, "--auth", "till:p@ss/w:rd") as port:
            secret = "till:p%40ss%2Fw%3Ard"
            expect(0, send(place, f"smtp://{secret}@127.0.0.1:{port}"))
            away = f"smtp://{secret}@0.0.0.0:{port}"  # this machine, too, but not by its loopback name
            said = send(place, away)
            expect(1, said, "not now", "certificate")
            assert "p%40ss" not in said.stderr + said.stdout and "p@ss" not in said.stderr + said.stdout
            expect(0, send(place, away, "--mail-authority", str(pair[0])))
            expect(0, send(place, away, "--mail-insecure"))
            for i in (1, 2, 3):
                envelope = letter(folder / "in", i)[0]
                assert envelope["tls"] and envelope["authenticated"], envelope
            wrong = send(place, f"smtp://till:wrongpass@127.0.0.1:{port}")
            expect(1, wrong, "not now", "535")
            assert "wrongpass" not in wrong.stderr + wrong.stdout
        plain = Script()
        expect(1, send(place, f"smtp://u:secretword@0.0.0.0:{plain.port}", "--mail-authority", str(pair[0])), "not now")
        assert not any(line.startswith(("MAIL", "AUTH")) for line in plain.heard), plain.heard
        assert send(place, f"smtp://0.0.0.0:{plain.port}", "--mail-insecure").returncode == 0


def check_refusals(place: Place):
    """What a server says decides whether another try makes sense. Some cases last as long as a letter may: a minute."""
    cases = (
            ({"MAIL": "550 5.7.1 not from you"}, "refused", "550 5.7.1 not from you"),
            ({"RCPT": "550 5.1.1 no such person"}, "refused", "550 5.1.1 no such person"),
            ({"RCPT": "450-4.2.1 come\r\n450 4.2.1 later"}, "not now", "450-4.2.1 come 450 4.2.1 later"),
            ({"DATA": "554 5.5.1 no"}, "refused", "554 5.5.1"),
            ({".": "554 5.7.1 looks like spam"}, "refused", "554 5.7.1 looks like spam"),
            ({".": "451 4.3.0 disk full"}, "not now", "451 4.3.0 disk full"),
            ({"": "554 go away"}, "not now", "554"), ({"": "421 too busy"}, "not now", "421"),
            ({"": None}, "not now", ""), ({"EHLO": None}, "not now", ""), ({"RCPT": None}, "not now", ""),
            ({"DATA": None}, "not now", ""), ({".": None}, "not now", ""),
            ({"": "HTTP/1.1 400 Bad Request"}, "not now", ""), ({"MAIL": "what?"}, "not now", ""),
            ({"MAIL": "\x01\x02" * 300}, "not now", ""),
            ({"EHLO": "502 what", "MAIL": "250 ok"}, "accepted", "250 2.0.0 kept"),
            ({".": "250 \x1b[31mred"}, "accepted", "250 ?[31mred"))

    def play(case):
        answers, outcome, words = case
        server = Script(**answers)
        done = send(place, f"smtp://127.0.0.1:{server.port}")
        expect(0 if outcome == "accepted" else 1, done, outcome + ":", words)
        assert "\x1b" not in done.stdout + done.stderr
        server.listener.close()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(play, cases))
    nobody = socket.create_server(("127.0.0.1", 0))
    port = nobody.getsockname()[1]
    nobody.close()
    expect(1, send(place, f"smtp://127.0.0.1:{port}"), "not now")


def check_a_slow_server(place: Place):
    """The whole takes a minute at most; a byte now and then does not help."""
    server = Script(RCPT=80)
    started = time.time()
    expect(1, send(place, f"smtp://127.0.0.1:{server.port}"), "not now")
    assert 55 < time.time() - started < 70, time.time() - started


def check_settings(place: Place):
    expect(3, send(place, "", sender=""), "mail_url and mail_from")
    expect(3, send(place, "", sender=FROM), "go together")
    for url in ("http://till:secretword@mail.example", "smtp://till:secretword@mail.example/x",
                "smtp:/till:secretword@mail.example"):
        done = send(place, url)
        expect(3, done, "DAYBOOK_MAIL_URL", "smtp://user:password@host:587")
        assert "secretword" not in done.stderr + done.stdout
    shown = subprocess.run([place.program, "config"], capture_output=True, text=True,
                           env=settings("smtp://till:secretword@mail.example:587"))
    assert "secretword" not in shown.stdout and "smtp://till:***@mail.example:587" in shown.stdout, shown.stdout
