"""The lint finds what it promises to find, and nothing in sound code. Each test writes its own small tree."""
from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.dont_write_bytecode = True

import lint  # noqa: E402
from checks.sizes import functions  # noqa: E402
from checks.source import Source  # noqa: E402

NOTE = "TO" + "DO"


def module(name: str, needs: str = "", department: str = "sell", **files: str) -> dict[str, str]:
    """The files of a sound module; `files` adds to them or replaces them."""
    folder = f"src/modules/{department}/{name}" if department else f"src/modules/{name}"
    needed = f".needs = {{{needs}}}," if needs else ""
    sound = {
        "module.cpp": f'const core::Module module{{.name = "{name}", {needed}}};\n',
        "types.cpp": f'#include "modules/{department}/{name}/{name}.h"\n',
        f"{name}.h": "#pragma once\n",
    }
    return {f"{folder}/{path}": text for path, text in (sound | files).items()}


class LintTest(unittest.TestCase):
    def lint(self, files: dict[str, str]) -> list[str]:
        """The findings as "path:line check"."""
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
            return [f"{f.path}:{f.line} {f.check}" for f in lint.findings(Path(folder))]

    def assert_clean(self, files: dict[str, str]) -> None:
        self.assertEqual(self.lint(files), [])


class Floors(LintTest):
    def test_an_include_points_down(self):
        text = '#include "base/id.h"\n#include "db/tx.h"\n#include "reflect/type.h"\n#include <vector>\n'
        self.assert_clean({"src/db/a.cpp": text})

    def test_an_include_upwards_is_found(self):
        self.assertEqual(self.lint({"src/base/a.h": '#pragma once\n#include "db/tx.h"\n'}), ["src/base/a.h:2 floors"])

    def test_db_and_net_never_meet(self):
        files = {"src/net/a.cpp": '#include "db/tx.h"\n', "src/db/b.cpp": '#include "net/http.h"\n'}
        self.assertEqual(self.lint(files), ["src/db/b.cpp:1 floors", "src/net/a.cpp:1 floors"])

    def test_a_path_not_from_src_is_found(self):
        self.assertEqual(self.lint({"src/base/a.cpp": '#include "id.h"\n#include "../db/tx.h"\n'}),
                         ["src/base/a.cpp:1 floors", "src/base/a.cpp:2 floors"])

    def test_an_include_in_a_comment_is_none(self):
        self.assert_clean({"src/base/a.cpp": '// #include "db/tx.h"\n/*\n#include "core/log.h"\n*/\n'})

    def test_a_file_outside_the_floors_is_found(self):
        self.assertEqual(self.lint({"src/util/a.h": ""}), ["src/util/a.h:1 floors"])

    def test_tests_may_include_the_kit(self):
        self.assert_clean({"src/db/tests/a_test.cpp": '#include "tests/kit/postgres.h"\n'})


class Modules(LintTest):
    def test_a_declared_edge_to_a_public_header_is_sound(self):
        use = '#include "modules/sell/catalog/catalog.h"\n#include "modules/sell/orders/orders.h"\n'
        self.assert_clean(module("catalog") | module("orders", '"catalog"', **{"place.cpp": use}))

    def test_an_undeclared_edge_is_found(self):
        files = module("catalog") | module("orders", **{"place.cpp": '#include "modules/sell/catalog/catalog.h"\n'})
        self.assertEqual(self.lint(files), ["src/modules/sell/orders/place.cpp:1 modules"])

    def test_a_private_header_of_another_is_found(self):
        use = '#include "modules/sell/catalog/rows.h"\n'
        files = module("catalog", **{"rows.h": ""}) | module("orders", '"catalog"', **{"a.cpp": use})
        self.assertEqual(self.lint(files), ["src/modules/sell/orders/a.cpp:1 modules"])

    def test_a_module_includes_its_own_private_headers(self):
        self.assert_clean(module("orders", **{"rows.h": "", "a.cpp": '#include "modules/sell/orders/rows.h"\n'}))

    def test_tests_need_no_declared_edge(self):
        use = '#include "modules/sell/catalog/catalog.h"\n'
        self.assert_clean(module("catalog") | module("orders", **{"tests/a_test.cpp": use}))

    def test_a_cycle_is_found(self):
        files = module("a", '"b"') | module("b", '"c"') | module("c", '"a"')
        self.assertEqual(self.lint(files), ["src/modules/sell/c/module.cpp:1 modules"])

    def test_a_need_of_no_module_is_found(self):
        self.assertEqual(self.lint(module("a", '"ghost"')), ["src/modules/sell/a/module.cpp:1 modules"])

    def test_modules_without_a_department_are_seen(self):
        files = module("identity", department="") | module("orders", **{"a.cpp": '#include "modules/identity/identity.h"\n'})
        files["src/modules/identity/types.cpp"] = ""
        self.assertEqual(self.lint(files), ["src/modules/sell/orders/a.cpp:1 modules"])

    def test_a_missing_file_of_the_layout_is_found(self):
        for name in ("module.cpp", "types.cpp", "orders.h"):
            files = module("orders", **{"place.cpp": ""})
            files["src/modules/sell/orders/types.cpp"] = ""
            del files[f"src/modules/sell/orders/{name}"]
            self.assertEqual(self.lint(files), [f"src/modules/sell/orders/{name}:1 layout"])

    def test_tables_without_a_migration_are_found(self):
        files = module("orders", **{"place.cpp": 'auto x = tx.all<R>("SELECT {} FROM orders_order WHERE tenant = $t");\n'})
        self.assertEqual(self.lint(files), ["src/modules/sell/orders/place.cpp:1 layout"])

    def test_migrations_are_numbered_without_a_gap(self):
        sql = "CREATE TABLE orders_order (tenant BIGINT);\n"
        self.assert_clean(module("orders", **{"migrations/0001_orders.sql": sql}))
        self.assertEqual(self.lint(module("orders", **{"migrations/0002_orders.sql": sql})),
                         ["src/modules/sell/orders/migrations/0002_orders.sql:1 layout"])


class Tables(LintTest):
    MIGRATION = {"migrations/0001_orders.sql": "CREATE TABLE IF NOT EXISTS orders_order (tenant BIGINT);\n"}

    def orders(self, text: str) -> list[str]:
        return self.lint(module("orders", **self.MIGRATION, **{"a.cpp": text}))

    def test_own_tables_are_sound(self):
        self.assertEqual(self.orders('tx.run("INSERT INTO orders_order (tenant) VALUES ($t) ON CONFLICT DO UPDATE SET n = 1");\n'
                                     'tx.insert("orders_order", row);\n'), [])

    def test_a_foreign_table_is_found_behind_every_keyword(self):
        for sql in ("SELECT {} FROM catalog_item", "SELECT {} FROM orders_order JOIN catalog_item ON 1 = 1",
                    "UPDATE catalog_item SET n = 1", "INSERT INTO catalog_item (a) VALUES (1)", "DELETE FROM catalog_item",
                    "SELECT {} FROM orders_order o, catalog_item i", "SELECT {} FROM core_log"):
            self.assertEqual(self.orders(f'tx.run("{sql}");\n'), ["src/modules/sell/orders/a.cpp:1 tables"], sql)

    def test_a_foreign_table_is_found_across_joined_literals(self):
        text = 'auto x =\n    "SELECT {} "\n    // why\n    "FROM catalog_item";\n'
        self.assertEqual(self.orders(text), ["src/modules/sell/orders/a.cpp:2 tables"])

    def test_a_foreign_table_is_found_in_raw_literals_and_records(self):
        self.assertEqual(self.orders('auto x = R"(SELECT {}\nFROM catalog_item)";\ntx.update("catalog_item", row);\n'),
                         ["src/modules/sell/orders/a.cpp:1 tables", "src/modules/sell/orders/a.cpp:3 tables"])

    def test_common_table_expressions_and_functions_are_no_tables(self):
        self.assertEqual(self.orders('auto x = "WITH RECURSIVE tree (id) AS (SELECT id FROM orders_order), "\n'
                                     '"top AS (SELECT id FROM tree) "\n'
                                     '"SELECT {} FROM top JOIN json_each($1) ON 1 = 1 WHERE a IS DISTINCT FROM b";\n'), [])

    def test_prose_is_no_statement(self):
        self.assertEqual(self.orders('auto x = "Read it from catalog, then update the order.";\n'), [])

    def test_lower_case_keywords_are_found(self):
        self.assertEqual(self.orders('auto x = "delete from orders_order";\n'), ["src/modules/sell/orders/a.cpp:1 tables"])

    def test_migrations_create_own_tables_only(self):
        files = module("orders", **{"migrations/0001_orders.sql": "-- FROM nowhere\nCREATE TABLE catalog_item (a BIGINT);\n"
                                                                  "CREATE UNIQUE INDEX orders_x ON catalog_item (a);\n"})
        place = "src/modules/sell/orders/migrations/0001_orders.sql"
        self.assertEqual(self.lint(files), [f"{place}:2 tables", f"{place}:3 tables"])

    def test_core_names_core_tables(self):
        files = {"src/core/a.cpp": 'auto a = "SELECT {} FROM core_log";\nauto b = "SELECT {} FROM orders_order";\n'}
        self.assertEqual(self.lint(files), ["src/core/a.cpp:2 tables"])


class Coroutines(LintTest):
    def net(self, statement: str) -> int:
        return len(self.lint({"src/net/a.cpp": f"Task f() {{\n  {statement}\n}}\n"}))

    def test_the_sound_forms_pass(self):
        for statement in ("co_await pause(timer);", "auto x = co_await read(socket, std::move(buffer), 5);",
                          "const std::size_t n = co_await http::async_read(stream_, buffer_, request, token);",
                          "auto [ec, n] = co_await socket.async_read_some(space, use_nothrow);", "co_return answer;",
                          "if (ok) co_await close(socket);", "for (;;) {\n co_await step(a);\n }", "x = co_await stream->next();",
                          "co_await std::move(task);", "x.y = co_await f<int>(*p, &q);"):
            self.assertEqual(self.net(statement), 0, statement)

    def test_the_miscompiled_forms_are_found(self):
        for statement in ("co_await send({1, 2});", "co_await post([&] { return 1; });", "auto x = ok ? co_await f(a) : 0;",
                          "if (co_await f(a)) return;", "g(co_await f(a));", "co_return co_await f(a);", "co_await f(a + b);",
                          "auto x = 1 + co_await f(a);", "co_await f(std::string(a));", "co_await (a || b);",
                          "while (x && co_await f(a)) {}"):
            self.assertEqual(self.net(statement), 1, statement)

    def test_other_floors_have_none(self):
        self.assertEqual(self.lint({"src/core/a.cpp": "Task f() { co_return; }\n"}), ["src/core/a.cpp:1 coroutines"])
        self.assert_clean({"src/core/a.cpp": '// co_await\nauto x = "co_await";\n'})


class Sizes(LintTest):
    LONG = "int f() {\n" + "  g();\n" * 80 + "}\n"

    def test_a_long_function_is_found_where_it_starts(self):
        self.assertEqual(self.lint({"src/base/a.cpp": "namespace base {\n\n" + self.LONG + "}\n"}), ["src/base/a.cpp:3 sizes"])

    def test_long_files_headers_and_lines_are_found(self):
        files = {"src/base/a.cpp": "//\n" * 501, "src/base/b.h": "//\n" * 201, "src/base/c.h": "//\n" * 200,
                 "src/base/d.cpp": "//" + "x" * 129 + "\n"}
        self.assertEqual(self.lint(files), ["src/base/a.cpp:501 sizes", "src/base/b.h:201 sizes", "src/base/d.cpp:1 sizes"])

    def test_the_list_of_exceptions_is_a_ceiling(self):
        self.assert_clean({"src/base/a.cpp": self.LONG, "tools/lint_allow.txt": "# why\nfunction src/base/a.cpp:f 82\n"})
        self.assertEqual(self.lint({"src/base/a.cpp": self.LONG, "tools/lint_allow.txt": "function src/base/a.cpp:f 81\n"}),
                         ["src/base/a.cpp:1 sizes"])

    def test_an_exception_that_nobody_needs_is_found(self):
        self.assertEqual(self.lint({"src/base/a.cpp": "", "tools/lint_allow.txt": "# why\nfile src/base/a.cpp 900\n"}),
                         ["tools/lint_allow.txt:2 sizes"])

    def test_a_long_python_function_is_found(self):
        self.assertEqual(self.lint({"tools/a.py": "def f():\n" + "    g()\n" * 70}), ["tools/a.py:1 sizes"])

    def test_functions_are_told_apart(self):
        text = """
#define LIST(X) { X
struct A : B {
  A(int x) : x_{x}, y_{2} {
    call();
  }
  bool operator==(const A&) const { return true; }
  enum class E { a, b };
  std::vector<int> list = {1, 2};
  int x_{0};
};
const Module module{.name = "a",
                    .commands = {command<f>({.path = "/x"})}};
template <class T>
auto twice(T x) -> T {
  if (x) { for (;;) { } }
  auto g = [&] { return '{'; };
  return x;
}
TEST(Money, never_rounds) { EXPECT_TRUE(true); }
"""
        found = [(f.name, f.first, f.last) for f in functions(Source("src/base/a.cpp", text))]
        self.assertEqual([f for f in found if f[0] != "A"],
                         [("operator==", 7, 7), ("twice", 14, 19), ("Money.never_rounds", 20, 20)])
        self.assertIn(6, [last for name, _, last in found if name == "A"])


class Bans(LintTest):
    def found(self, path: str, text: str) -> int:
        return sum(f.endswith(" bans") for f in self.lint({path: text + "\n"}))

    def test_libraries_stay_behind_their_wall(self):
        for header, home in (("boost/json.hpp", "src/reflect/json_read.cpp"), ("sqlite3.h", "src/db/sqlite.cpp"),
                             ("libpq-fe.h", "src/db/postgres.cpp"), ("boost/asio.hpp", "src/net/server.cpp"),
                             ("boost/beast/http.hpp", "src/net/server.cpp"), ("curl/curl.h", "src/net/client.cpp"),
                             ("openssl/ssl.h", "src/net/tls.cpp"), ("openssl/evp.h", "src/base/crypto.cpp"),
                             ("spdlog/spdlog.h", "src/base/log.cpp"), ("date/tz.h", "src/base/time.cpp")):
            self.assertEqual(self.found(home, f"#include <{header}>"), 0, header)
            self.assertEqual(self.found("src/core/a.cpp", f"#include <{header}>"), 1, header)

    def test_the_clock_is_read_at_the_edges_of_the_program(self):
        self.assertEqual(self.found("src/core/a.cpp", "auto t = std::chrono::system_clock::now();"), 1)
        self.assertEqual(self.found("src/main/a.cpp", "auto t = std::chrono::system_clock::now();"), 0)
        self.assertEqual(self.found("src/core/a.cpp", "auto t = tx.now(); // not system_clock::now"), 0)

    def test_what_modules_do_without(self):
        self.assertEqual(self.found("src/modules/sell/orders/orders.h", "double price;"), 1)
        self.assertEqual(self.found("src/modules/sell/orders/orders.h", "try { } catch (...) { }"), 1)
        self.assertEqual(self.found("src/modules/sell/orders/orders.h", "std::mt19937 chance;"), 1)
        self.assertEqual(self.found("src/modules/sell/orders/orders.h", "db::Unscoped<> sql;"), 1)
        self.assertEqual(self.found("src/core/a.cpp", "double x; try { } catch (...) { } db::Unscoped<> sql;"), 0)

    def test_a_return_in_the_middle_of_an_initializer_is_found(self):
        self.assertEqual(self.found("src/core/a.cpp", "Call call{.tenant = t,\n .input = TRY(read(x))};"), 1)
        self.assertEqual(self.found("src/core/a.cpp", "Call call{.input = TRY(read(x))}; x.tenant = TRY(find(y));"), 0)

    def test_unfinished_work_is_found_in_any_file(self):
        self.assertEqual(self.found("tools/a.sh", f"# {NOTE}: later"), 1)
        self.assertEqual(self.found("src/base/a.h", f"// {NOTE}"), 1)


if __name__ == "__main__":
    unittest.main()
