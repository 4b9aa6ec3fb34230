"""What an answer must look like: JSON written loosely, with names that are bound at first sight.

    {"id": "$order", "number": 1, "total": {"amount": …}, "note": absent, "lines": [{"item": "$cola"}, …]}

Objects: the members named here must match, others may be there. Lists: exactly these elements, unless the last one is `…`.
`…` is anything at all, `absent` a member that must not be there. `$name` stands for a whole value, or for a part of a text: it is
bound where it is first seen, and must be equal wherever it is seen again.
"""
import json
import re

ANY, ABSENT = "<anything>", "<absent>"
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|…|\$[a-z]\w*|\babsent\b')
NAME = re.compile(r"\$([a-z]\w*)")


class Mismatch(Exception):
    pass


def loose(text: str):
    """The value that loosely written JSON means."""
    spelled = {"…": json.dumps(ANY), "absent": json.dumps(ABSENT)}
    strict = TOKEN.sub(lambda m: spelled.get(m[0]) or (f'"{m[0]}"' if m[0][0] == "$" else m[0]), text)
    try:
        return json.loads(strict)
    except json.JSONDecodeError as wrong:
        raise Mismatch(f"this expectation is not JSON ({wrong}): {text}") from None


def text_of(value) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def filled(text: str, names: dict) -> str:
    """`text` with its names replaced by what they are bound to."""
    for name in NAME.findall(text):
        if name not in names:
            raise Mismatch(f"nothing is called ${name} yet")
    return NAME.sub(lambda m: text_of(names[m[1]]), text)


def filled_json(text: str, names: dict) -> str:
    """The same in JSON: a name outside of quotes becomes its value, inside them its text."""

    def value(token):
        if token[0] == "$":
            filled(token, names)
            return json.dumps(names[token[1:]])
        return json.dumps(filled(json.loads(token), names)) if token[0] == '"' and "$" in token else token

    return TOKEN.sub(lambda m: value(m[0]), text)


def match_text(want: str, got: str, names: dict, where: str):
    """Texts, with names and `…` in them."""
    pattern, last, seen = "", 0, set()
    for m in re.finditer(r"\$([a-z]\w*)|…", want):
        pattern += re.escape(want[last:m.start()])
        last, name = m.end(), m[1]
        if name in names:
            pattern += re.escape(text_of(names[name]))
        else:
            pattern += ".*" if name is None else f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            seen.add(name)
    found = re.fullmatch(pattern + re.escape(want[last:]), got, re.DOTALL)
    if not found:
        raise Mismatch(f"{where}: {got!r}, not {want!r}")
    names.update(found.groupdict())


def match(want, got, names: dict, where=""):
    """Raises Mismatch with the place that differs."""
    if want == ANY:
        return
    if isinstance(want, str) and NAME.fullmatch(want):
        known = names.setdefault(want[1:], got)
        if known != got or type(known) is not type(got):
            raise Mismatch(f"{where}: {json.dumps(got)}, but {want} is {json.dumps(known)}")
    elif isinstance(want, dict) and isinstance(got, dict):
        for key, value in want.items():
            if (value == ABSENT) == (key in got):
                raise Mismatch(f"{where}/{key} {'must not be there' if key in got else 'is missing'}")
            if value != ABSENT:
                match(value, got[key], names, f"{where}/{key}")
    elif isinstance(want, list) and isinstance(got, list):
        wanted = want[:-1] if want[-1:] == [ANY] else want
        if len(got) < len(wanted) or (len(got) > len(wanted) and wanted is want):
            raise Mismatch(f"{where} has {len(got)} elements, not {len(want)}: {json.dumps(got)}")
        for i, value in enumerate(wanted):
            match(value, got[i], names, f"{where}/{i}")
    elif isinstance(want, str) and isinstance(got, str):
        match_text(want, got, names, where)
    elif type(want) is not type(got) or want != got:
        raise Mismatch(f"{where}: {json.dumps(got)}, not {json.dumps(want)}")
