"""Writes every file below a folder into a C++ header: `embed.py FOLDER HEADER NAMESPACE`."""
import pathlib
import sys

folder, header = map(pathlib.Path, sys.argv[1:3])
namespace = sys.argv[3]
files = sorted(p for p in folder.rglob("*") if p.is_file())
out = ["#pragma once", "#include <string_view>", f"namespace {namespace} {{"]
out += ["struct Asset {", "  std::string_view path, bytes;", "};"]
for n, path in enumerate(files):
    data = path.read_bytes()
    out.append(f"inline constexpr unsigned char asset_{n}[] = {{{','.join(map(str, data)) or '0'}}};")
out.append("inline const Asset assets[] = {")
for n, path in enumerate(files):
    name = path.relative_to(folder).as_posix()
    out.append(f'  {{"{name}", {{reinterpret_cast<const char*>(asset_{n}), {path.stat().st_size}}}}},')
out += ["};", f"}}  // namespace {namespace}", ""]
header.parent.mkdir(parents=True, exist_ok=True)
header.write_text("\n".join(out))
