"""What may stand only in certain places: libraries behind their wall, the clock, chance, floating point, catch."""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Iterator

from .source import Finding, Source, Tree


@dataclass(frozen=True)
class Ban:
    pattern: re.Pattern[str]
    allowed: Callable[[Source], bool]
    instead: str


def _in(*places: str) -> Callable[[Source], bool]:
    """The file lies below one of these folders, or is one of these files; "tests" stands for every tests folder."""
    return lambda s: any(s.path.startswith(p) for p in places if p != "tests") or ("tests" in places and s.is_test)


def _matches(pattern: str) -> Callable[[Source], bool]:
    return lambda s: re.fullmatch(pattern, s.path) is not None


def _ban(pattern: str, allowed: Callable[[Source], bool], instead: str) -> Ban:
    return Ban(re.compile(pattern), allowed, instead)


_LIBRARIES = [
    _ban(r"boost/json", _matches(r"src/reflect/json\w*\.cpp"), "Boost.JSON stays in src/reflect/json*.cpp: use reflect/json.h"),
    _ban(r"sqlite3\.h|libpq|postgresql/", _in("src/db/"), "drivers stay in src/db: use db/tx.h"),
    _ban(r"boost/(asio|beast)|openssl/(ssl|tls|x509)|curl/", _in("src/net/"),
         "the network stays in src/net: use net/http.h, net/client.h"),
    _ban(r"openssl/", _in("src/net/", "src/base/crypto.cpp"), "cryptography stays in base: use base/crypto.h"),
    _ban(r"sodium", _in("src/base/"), "cryptography stays in base: use base/crypto.h"),
    _ban(r"spdlog/", _in("src/base/log.cpp"), "use base/log.h (spdlog costs seconds in every unit that includes it)"),
    _ban(r"date/", _in("src/base/"), "use base/time.h"),
]
_CODE = [
    _ban(r"system_clock::now|\b(?:std::)?time\((?:nullptr|NULL|0)\)",
         _in("src/main/", "src/net/", "src/base/log.cpp", "bench/", "tests/", "tests"),
         "the clock is read in main/ and net/ only: use tx.now(), or take an Instant"),
    _ban(r"\bcatch\s*\(", lambda s: not s.path.startswith("src/modules/") or s.is_test,
         "modules never catch: return a Problem, or let the writer roll back"),
    _ban(r"\b(double|float)\b", lambda s: not s.path.startswith("src/modules/sell/"),
         "money and quantities are integers: use base/money.h, base/number.h"),
    _ban(r"\bs?rand\s*\(|\bmt19937|\brandom_device\b", _in("src/base/", "bench/", "tests/", "tests"),
         "chance comes from the Tx or base/crypto.h"),
    _ban(r",\s*\.\w+ = TRY\(", lambda s: False, "g++ 12 leaks the members before it when it returns: name the value first"),
    _ban(r"\bUnscoped\b", _in("src/db/", "src/core/", "tests/", "tests"),
         "only the kernel reads without a tenant: name it, tenant = $t"),
]
_UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def _included(source: Source) -> Iterator[Finding]:
    for include in source.includes:
        for ban in _LIBRARIES:
            if ban.pattern.match(include.target) and not include.quoted and not ban.allowed(source):
                yield Finding(source.path, include.line, "bans", f"<{include.target}>: {ban.instead}")
                break


def _written(source: Source) -> Iterator[Finding]:
    for ban in _CODE:
        if not ban.allowed(source):
            for m in ban.pattern.finditer(source.code):
                yield Finding(source.path, source.line(m.start()), "bans", f"{m[0].strip()}: {ban.instead}")


def check(tree: Tree) -> Iterator[Finding]:
    for source in tree.files:
        if source.is_cpp:
            yield from _included(source)
            yield from _written(source)
        for m in _UNFINISHED.finditer(source.text):
            yield Finding(source.path, source.line(m.start()), "bans",
                          f"{m[0]}: finish it, or name it in the documentation as absent")
