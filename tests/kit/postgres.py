"""A private PostgreSQL 15 for black-box tests: durable, on loopback, gone with the process that made it."""
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Postgres:
    def __init__(self):
        if not (BIN / "initdb").exists():
            raise SystemExit("PostgreSQL 15 is missing: apt-get install postgresql-15 (./dev setup does it)")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="daybook-pg-"))
        self.user = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self.user = pwd.getpwnam("postgres")
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.port = free_port()
        self.data = self.folder / "data"
        self._run(["initdb", "-D", self.data, "-U", "daybook", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                   "--no-sync"])
        self.process = None
        self.start()

    def _command(self, args):
        return [str(BIN / args[0]), *map(str, args[1:])]

    def _become(self):
        if self.user:
            os.setgid(self.user.pw_gid)
            os.setuid(self.user.pw_uid)

    def _run(self, args):
        done = subprocess.run(self._command(args), preexec_fn=self._become, cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{args[0]}: {done.stderr}{done.stdout}")

    def start(self):
        # fsync matters when a machine dies, and here only processes do; without it a start after a crash is quick.
        command = self._command(["postgres", "-D", self.data, "-h", "127.0.0.1", "-p", self.port, "-k", self.folder,
                                 "-c", "fsync=off"])
        self.process = subprocess.Popen(command, preexec_fn=self._become, cwd=self.folder, stdout=subprocess.DEVNULL,
                                        stderr=open(self.folder / "log", "a"))
        deadline = time.time() + 60
        while time.time() < deadline:
            ready = subprocess.run(self._command(["pg_isready", "-q", "-h", "127.0.0.1", "-p", self.port]))
            if ready.returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError("PostgreSQL did not start: " + (self.folder / "log").read_text()[-2000:])

    def crash(self):
        """As a power cut: every server process ends at once."""
        self.process.send_signal(3)  # SIGQUIT: immediate shutdown
        self.process.wait(60)

    def tool(self, name: str, *args):
        """One of PostgreSQL's own programs, as its superuser."""
        self._run([name, "-h", "127.0.0.1", "-p", self.port, "-U", "daybook", *args])

    def database(self, name: str) -> str:
        self.tool("createdb", name)
        return f"postgres://daybook@127.0.0.1:{self.port}/{name}"

    def sql(self, database: str, text: str):
        self.tool("psql", "-d", database, "-q", "-v", "ON_ERROR_STOP=1", "-c", text)

    def close(self):
        if self.process and self.process.poll() is None:
            self.crash()  # nobody needs this data any more
        shutil.rmtree(self.folder, ignore_errors=True)
