"""The real program under test: started on a free port, called over HTTP, killed at will."""
import http.client
import json
import os
import random
import signal
import subprocess
import time

from .postgres import free_port

# With PostgreSQL there is no folder of the data in which the program could make its keys.
MASTER_KEYS = os.urandom(4).hex() + " " + os.urandom(32).hex()
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """A UUIDv7 in the program's spelling: prefix, '_', 26 lower-case Crockford base 32 characters."""
    bits = int(time.time() * 1000) << 80 | random.getrandbits(80)
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return prefix + "_" + "".join(ALPHABET[bits >> shift & 31] for shift in range(125, -1, -5))


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body

    @property
    def json(self):
        return json.loads(self.text)


class Server:
    """One daybook process on one data place (a folder or a postgres:// URL)."""

    def __init__(self, program: str, data: str, *options: str, log=None, env=None, tls=None):
        """`tls`: an ssl.SSLContext, where the options give it a certificate."""
        self.program, self.data, self.options, self.tls = program, str(data), options, tls
        self.env = {**os.environ, **(env or {})}
        if self.data.startswith("postgres"):
            self.env.setdefault("DAYBOOK_MASTER_KEYS", MASTER_KEYS)
        self.port = free_port()
        self.log = open(log or os.devnull, "ab")
        self.process = None
        self.token = None
        self.start()

    def start(self, wait=True):
        command = [self.program, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", *self.options]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, env=self.env)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=60):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended with {self.process.returncode}")
            try:
                if self.call("GET", "/readyz", token="").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.01)
        raise AssertionError("the server did not become ready")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> float:
        """SIGTERM; how many seconds it took."""
        start = time.time()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(15)
        return time.time() - start

    def close(self):
        if self.process.poll() is None:
            self.kill()
        self.log.close()

    def memory(self) -> int:
        """Bytes that the process holds in memory (VmRSS)."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS:"))

    def run(self, *args: str, check=True, text="") -> str:
        """What a command of the command line prints; `text` is its standard input."""
        done = subprocess.run([self.program, *args, "--data", self.data], capture_output=True, text=True, input=text,
                              timeout=120, env=self.env)
        if check and done.returncode != 0:
            raise AssertionError(f"daybook {' '.join(args)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def sign_in(self, role="owner", tenant="kitchen") -> str:
        self.token = self.run("token", "--tenant", tenant, "--role", role).strip().splitlines()[-1]
        return self.token

    def connection(self, timeout=10):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def call(self, method, path, body=None, token=None, headers=None, connection=None, raw=None) -> Answer:
        """`path` is below /api/v1 unless it begins with one of the root's own names. An OSError means no answer."""
        root = path.split("?")[0] in ("/healthz", "/readyz", "/metrics", "/docs", "/tls") or path.startswith(
            ("/api/", "/docs/", "/diagnostics/", "/tls/"))
        own = connection is None
        c = connection or self.connection()
        sent = dict(headers or {})
        token = self.token if token is None else token
        if token:
            sent["Authorization"] = "Bearer " + token
        data = raw
        if body is not None:
            data = json.dumps(body)
            sent.setdefault("Content-Type", "application/json")
        try:
            c.request(method, path if root else "/api/v1" + path, body=data, headers=sent)
            r = c.getresponse()
            return Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read().decode("utf-8", "replace"))
        except http.client.HTTPException as broken:
            raise OSError(str(broken)) from broken
        finally:
            if own:
                c.close()
