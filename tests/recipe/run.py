#!/usr/bin/env python3
"""docs/adding-a-command.md, followed literally, works; and nothing has to be done that it does not say.

    tests/recipe/run.py --daybook BUILD/daybook

Takes the page's steps in a copy of the tree, builds that with the preset of BUILD (what the steps do not touch comes out of
ccache), and lets it pass what a change must pass: lint, tests of modules on both databases, sweeps. Then the new program
starts on the data of the old one, and the new route and the new field are used.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.kit.server import Server  # noqa: E402
from tests.recipe import page  # noqa: E402
from tests.world.load import menu, order_body  # noqa: E402

LEFT_BEHIND = {"build", ".git", "node_modules", "__pycache__"}
NEW_TEST = "*MarksATicketOnce*"
# Tests of the modules that the page changes, and of those that use them; the new one on both engines, the others on one.
TESTS = f"*Order*:*Ticket*:*Kitchen*:-*/postgres:{NEW_TEST}"


class Copy:
    """The tree after the page, in a folder of its own."""

    def __init__(self, folder: pathlib.Path, preset: str):
        self.tree, self.build = folder / "tree", folder / "tree" / "build" / preset
        # What ./dev run keeps lies in data/ at the root; modules have folders of that name as well.
        shutil.copytree(ROOT, self.tree, ignore=lambda folder, names: (
            LEFT_BEHIND | ({"data"} if pathlib.Path(folder) == ROOT else set())) & set(names))
        for step in page.steps((self.tree / page.PAGE).read_text()):
            page.take(self.tree, step)
        self.preset = preset
        self.program = str(self.build / "daybook")

    def run(self, what: str, *command, timeout=1500) -> str:
        """Output of a command that must succeed, run in the copy."""
        start = time.time()
        environment = {**os.environ, "CCACHE_BASEDIR": str(self.tree), "CCACHE_NOHASHDIR": "1"}
        done = subprocess.run([str(c) for c in command], cwd=self.tree, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout)
        if done.returncode != 0:
            raise AssertionError(f"{what}: exit {done.returncode}\n{done.stdout[-8000:]}")
        print(f"ok   {what} ({time.time() - start:.1f} s)", flush=True)
        return done.stdout

    def made(self) -> None:
        jobs = os.environ.get("DAYBOOK_JOBS") or str(os.cpu_count())
        self.run("lint", sys.executable, "tools/lint.py")
        self.run("configure", "cmake", "--preset", self.preset)
        self.run("build", "ninja", "-C", self.build, "-j", jobs, "daybook", "modules_tests")

    def tested(self) -> None:
        tests = self.build / "modules_tests"
        said = self.run("the new test", tests, f"--gtest_filter={NEW_TEST}")
        assert "[  PASSED  ] 2 tests." in said, f"the new test did not run on both engines:\n{said}"
        self.run("the tests beside it", tests, f"--gtest_filter={TESTS}")
        self.run("sweeps", sys.executable, "tests/sweeps/run.py", "--daybook", self.program)


def equal(what: str, value, wanted) -> None:
    assert value == wanted, f"{what}: {value!r}, not {wanted!r}"


def operations(server: Server) -> set[str]:
    """"POST /api/v1/orders" of every operation that the program documents."""
    document = server.call("GET", "/api/v1/openapi.json").json
    return {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}


def old_business(program: str, data: pathlib.Path) -> tuple[set[str], str, str]:
    """A business of the program before the page: its operations, a ticket, an order."""
    server = Server(program, data, "--demo", "--log-level", "off")
    try:
        server.sign_in()
        order = server.call("POST", "/orders", order_body(menu(server)), headers={"Idempotency-Key": "one"})
        equal("an order", order.status, 201)
        ticket = server.call("GET", "/kitchen/tickets").json["data"][0]
        assert "starred" not in ticket and "pager" not in order.json, "the page's fields are there before it"
        return operations(server), ticket["id"], order.json["id"]
    finally:
        server.stop()
        server.close()


def entries(server: Server, subject: str, kind: str) -> list[dict]:
    """What the log tells about it, of this kind."""
    return [e for e in server.call("GET", f"/audit?subject={subject}").json["data"] if e["type"] == kind]


def star(server: Server, ticket: str) -> None:
    path = f"/kitchen/tickets/{ticket}"
    before = server.call("GET", path).json
    equal("an old ticket's new field", before["starred"], False)
    equal("another version", server.call("POST", path + "/star", headers={"If-Match": '"99"'}).status, 412)
    answer = server.call("POST", path + "/star", headers={"If-Match": f'"{before["version"]}"'})
    equal("star", (answer.status, answer.json["starred"], answer.json["version"]), (200, True, before["version"] + 1))
    equal("star again", server.call("POST", path + "/star").json, answer.json)
    equal("the ticket", server.call("GET", path).json, answer.json)
    told = entries(server, "ticket/" + ticket, "ticket.starred")
    equal("how often the log tells it", len(told), 1)
    assert {"pointer": "/starred", "from": False, "to": True} in told[0]["changed"], told[0]
    equal("data of the entry", told[0]["data"], answer.json)


def pager(server: Server, order: str) -> None:
    path = "/orders/" + order
    before = server.call("GET", path).json
    equal("an old order's new field", before["pager"], None)
    answer = server.call("PATCH", path, {"pager": "B7"}, headers={"If-Match": f'"{before["version"]}"'})
    equal("pager", (answer.status, answer.json.get("pager")), (200, "B7"))
    equal("the order", server.call("GET", path).json, answer.json)
    told = entries(server, "order/" + order, "order.changed")
    equal("what changed", [c for c in told[-1]["changed"] if c["pointer"] not in ("/version", "/updated_at")],
          [{"pointer": "/pager", "from": None, "to": "B7"}])
    long = server.call("PATCH", path, {"pager": "x" * 21}, headers={"If-Match": "*"})
    equal("a number too long", (long.status, long.json["errors"][0]["pointer"]), (422, "/pager"))


def used(program: str, data: pathlib.Path, old: set[str], ticket: str, order: str) -> None:
    server = Server(program, data, "--log-level", "off")
    try:
        server.sign_in()
        equal("operations that are new", operations(server) - old, {"POST /api/v1/kitchen/tickets/{id}/star"})
        equal("operations that are gone", old - operations(server), set())
        star(server, ticket)
        pager(server, order)
        server.run("verify")
    finally:
        server.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--daybook", required=True)
    program = pathlib.Path(parser.parse_args().daybook).resolve()
    with tempfile.TemporaryDirectory(prefix="daybook-recipe-") as folder:
        scratch = pathlib.Path(folder)
        try:
            copy = Copy(scratch, program.parent.name)
            copy.made()
            copy.tested()
            used(copy.program, scratch / "data", *old_business(str(program), scratch / "data"))
        except (AssertionError, page.Wrong) as wrong:
            print(f"FAIL {wrong}")
            return 1
    print("the page works as it is written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
