"""What is measured: Daybook and its peers, each a process with an address, started fresh and stopped by its own id."""
from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/bench/daybook"
# On the same disk as the tree; a folder in memory shows what is left when the disk costs nothing.
SCRATCH = Path(os.environ.get("DAYBOOK_BENCH_DATA", ROOT / "build/bench-data"))
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url: str, headers: dict[str, str] | None = None) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
        return answer.read()


class Server:
    """One program under measurement. Subclasses say how it starts and how its routes are called."""

    name = ""
    ready_path = ""
    orders_path = ""
    headers: list[str] = []

    def __init__(self, store: str):
        self.store = store  # a folder, or the URL of a database
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> float:
        """Starts it and returns the seconds until it answered."""
        SCRATCH.mkdir(parents=True, exist_ok=True)
        with open(SCRATCH / f"{self.name}.log", "ab") as log:
            begin = time.monotonic()
            environment = os.environ | {"NODE_ENV": "production"}
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        while not self._ready():
            if self.process.poll() is not None:
                raise SystemExit(f"{self.name} ended with {self.process.returncode}: see {log.name}")
            if time.monotonic() - begin > 300:
                raise SystemExit(f"{self.name} did not become ready in 300 s: see {log.name}")
            time.sleep(0.005)
        return time.monotonic() - begin

    def _ready(self) -> bool:
        try:
            get(self.url + self.ready_path)
            return True
        except urllib.error.HTTPError as error:
            return error.code == 404 and self.ready_path.endswith("/none")
        except OSError:
            return False

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def line(self) -> list[str]:
        """What may stand as one line of an order, as JSON texts."""
        return [json.dumps({"item": f"itm_{n:026}", "quantity": 1, "modifiers": []}) for n in range(40)]


class Daybook(Server):
    name = "daybook"
    ready_path = "/readyz"
    orders_path = "/api/v1/orders"

    def command(self) -> list[str]:
        return [str(PROGRAM), "serve", "--demo", "--data", self.store, "--listen", f"127.0.0.1:{self.port}"]

    def start(self) -> float:
        seconds = super().start()
        token = subprocess.run([str(PROGRAM), "token", "--tenant", "kitchen", "--role", "owner", "--data", self.store],
                               check=True, capture_output=True, text=True).stdout.split("\n")
        self.headers = [f"Authorization: Bearer {[t for t in token if t.strip()][-1].strip()}"]
        return seconds

    def line(self) -> list[str]:
        name, _, value = self.headers[0].partition(": ")
        items = json.loads(get(self.url + "/api/v1/items?limit=200", {name: value}))["data"]
        lines = []
        for item in items:
            if item.get("sold_out") or any(group.get("min", 0) > 0 for group in item.get("modifier_groups") or ()):
                continue
            variant = {"variant": item["variants"][0]["id"]} if item.get("variants") else {}
            lines.append(json.dumps({"item": item["id"], **variant, "quantity": 1, "modifiers": []}))
        return lines


class Peer(Server):
    name = "peer"
    ready_path = "/orders/none"
    orders_path = "/orders"
    node = "node"

    def command(self) -> list[str]:
        if self.store.startswith("postgres:"):
            store = self.store
        else:
            Path(self.store).mkdir(parents=True, exist_ok=True)
            store = f"sqlite:{self.store}/peer.db"
        return [self.node, str(ROOT / "bench/peers/node/server.mjs"), "--port", str(self.port), "--store", store]


def install_peer() -> None:
    done = subprocess.run([str(ROOT / "bench/peers/setup.sh")], check=True, stdout=subprocess.PIPE, text=True)
    Peer.node = done.stdout.strip()


def fresh_folder(name: str) -> str:
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return str(folder)


class Postgres:
    """A PostgreSQL of our own, durable as Debian delivers it, on the same disk as everything else."""

    BIN = Path("/usr/lib/postgresql/15/bin")

    def __init__(self) -> None:
        # Below /var/tmp: the server runs as its own user, who may not enter the tree of root.
        self.folder = Path(f"/var/tmp/daybook-bench-{os.getpid()}")
        self.port = free_port()

    def _run(self, *command: str) -> None:
        as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        subprocess.run([*as_user, str(self.BIN / command[0]), *command[1:]], check=True, stdout=subprocess.DEVNULL, cwd="/")

    def __enter__(self) -> Postgres:
        self.folder.mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self._run("initdb", "-D", f"{self.folder}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c shared_buffers=512MB"
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", options, "start")
        return self

    def __exit__(self, *_: object) -> None:
        self._run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-m", "fast", "stop")
        shutil.rmtree(self.folder)

    def fresh_database(self, name: str) -> str:
        """An empty database; its URL."""
        statements = ("SET client_min_messages = warning", f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
        each = [word for statement in statements for word in ("-c", statement)]
        self._run("psql", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", *each)
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"
