#pragma once
#include <string_view>
#include <type_traits>

#include "reflect/type.h"

// SQL is written once, as literals, in the part that SQLite and PostgreSQL share (docs/kernel.md lists it).
//   $t        the tenant, bound by the connection's owner; a module's statement without it does not compile
//   $1 … $9   the arguments, in their order; a wrong number does not compile
//   {}        the columns of the row type, in the order of its record (all/maybe/one); with insert, see db/tx.h
namespace db {

consteval int highest_placeholder(std::string_view s) {
  int highest = 0;
  for (std::size_t i = 0; i + 1 < s.size(); ++i)
    if (s[i] == '$' && s[i + 1] >= '1' && s[i + 1] <= '9') {
      int n = 0;
      for (auto j = i + 1; j < s.size() && s[j] >= '0' && s[j] <= '9'; ++j) n = n * 10 + (s[j] - '0');
      highest = n > highest ? n : highest;
    }
  return highest;
}
consteval bool names_tenant(std::string_view s) {
  for (std::size_t i = 0; i + 1 < s.size(); ++i)
    if (s[i] == '$' && s[i + 1] == 't' && (i + 2 == s.size() || s[i + 2] < 'a' || s[i + 2] > 'z')) return true;
  return false;
}

template <class... Args>
struct Statement {
  std::string_view text;
  consteval Statement(const char* literal) : text(literal) {
    if (highest_placeholder(text) != sizeof...(Args)) throw "placeholders and arguments differ";
    if (!names_tenant(text)) throw "every statement names its tenant: tenant = $t";
    if (text.find("CURRENT_TIMESTAMP") != text.npos || text.find("now()") != text.npos) throw "time comes from tx.now()";
  }
};
template <class... Args>
using Sql = Statement<std::type_identity_t<Args>...>;

// The same without the tenant: for tables of the kernel that have none. tools/lint.py allows it in db/, core/ and tests only.
template <class... Args>
struct UnscopedStatement {
  std::string_view text;
  consteval UnscopedStatement(const char* literal) : text(literal) {
    if (highest_placeholder(text) != sizeof...(Args)) throw "placeholders and arguments differ";
  }
};
template <class... Args>
using Unscoped = UnscopedStatement<std::type_identity_t<Args>...>;

// One bound value: anything that reflect can store in one column (or two: money).
struct Arg {
  const reflect::Type* type;
  const void* value;
};
template <class T>
Arg arg(const T& value) {
  return {&reflect::type_of<T>(), &value};
}

}  // namespace db
