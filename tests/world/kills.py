"""Power cuts: an acknowledged order is there, an unacknowledged one is there whole or not at all, and its retry gets it."""
import pathlib
import random
import time

from tests.kit.server import Server
from tests.world.load import Load, check, events_once, menu


def killed_under_load(program, data, rounds):
    if isinstance(data, pathlib.Path):
        data.mkdir(parents=True, exist_ok=True)
    server = Server(program, data, "--demo", "--log-level", "off")
    server.sign_in()
    items = menu(server)
    known, unanswered = [], 0
    try:
        for _ in range(rounds):
            load = Load(server, items)
            time.sleep(random.uniform(0.05, 0.6))
            server.kill()
            load.stop()
            server.start()
            known += check(server, load)
            unanswered += len(load.unanswered)
        events_once(server, known)
        server.run("verify")
    finally:
        server.close()
    return f"{rounds} kills, {len(known)} orders, {unanswered} of them unanswered at first"


def database_restarted(program, postgres):
    server = Server(program, postgres.database("restarted"), "--demo", "--log-level", "off")
    server.sign_in()
    items = menu(server)
    try:
        load = Load(server, items)
        for _ in range(3):
            time.sleep(0.7)
            postgres.crash()
            postgres.start()
        load.wait_for(20, 30, "no order went through after the database came back")
        load.stop()
        for _, answer in load.refused:
            assert answer.status == 503, answer.text
        events_once(server, check(server, load))
        server.run("verify")
    finally:
        server.close()
    return f"{len(load.acknowledged)} acknowledged, {len(load.unanswered)} unanswered, {len(load.refused)} refused with 503"


def drained(program, data):
    data.mkdir(parents=True, exist_ok=True)
    server = Server(program, data, "--demo", "--log-level", "off")
    server.sign_in()
    load = Load(server, menu(server))
    try:
        time.sleep(0.7)
        took = server.stop()
        assert took < 10, f"the drain took {took:.1f} s"
        assert server.process.returncode == 0, server.process.returncode
        load.stop()
        server.start()
        events_once(server, check(server, load))
        server.run("verify")
    finally:
        server.close()
    return f"{took:.2f} s, {len(load.acknowledged)} acknowledged"
