#pragma once
#include "reflect/json.h"

// Records of every kind, for the tests of this floor. Their tables are in type_test.cpp.
namespace sample {

using OrderId = base::Id<"ord">;
using LineId = base::Id<"lin">;

enum class State : std::uint8_t { open, closed };
ENUM(State, open, closed)

// One member of every kind.
struct Everything {
  bool yes = false;
  std::int64_t number = 0;
  base::Count<1, 999> count;
  std::string text;
  base::Text<2, 5> bounded = base::Text<2, 5>("ab");
  OrderId id;
  State state{};
  base::Quantity quantity;
  base::Rate rate;
  base::Bytes bytes;
  base::Json json;
  base::Money money;
  base::Currency currency;
  base::Instant instant{};
  base::Date date{std::chrono::year{1970} / 1 / 1};
  base::WallTime wall;
  base::Zone zone;
  std::vector<std::int64_t> list;
  base::List<State, 1, 3> bounded_list{State::open};
  std::map<std::string, std::int64_t> map;
  std::optional<base::Text<0, 9>> optional;
};
RECORD(Everything, yes, number, count, text, bounded, id, state, quantity, rate, bytes, json, money, currency, instant, date,
       wall, zone, list, bounded_list, map, optional)

struct Address {
  base::Text<1, 80> street;
  std::optional<base::Text<1, 80>> city;
};
RECORD(Address, street, city)

struct Person {
  base::Text<1, 80> name;
  std::optional<base::Text<1, 40>> phone;
  std::optional<Address> address;
  std::int64_t visits = 0;
};
RECORD(Person, name, phone, address, visits)

struct Line {
  LineId id;
  base::Quantity quantity;
  std::optional<std::string> note;
};
RECORD(Line, id, quantity, note)

struct Order {
  OrderId id;
  State state{};
  std::optional<Person> customer;
  base::Text<0, 500> remark;
  std::vector<std::string> allergies;
  base::List<Line, 1, 200> lines;
  std::map<std::string, Line> by_seat;
  base::Money total;
  std::int64_t covers = 2;
  std::int64_t version = 1;
  std::string pin;
  std::string internal;
  OrderId opened_as;
};
RECORD(Order, id, state, customer, remark, allergies, lines, by_seat, total, covers, version, pin, internal, opened_as)

struct Tree {
  base::Text<1, 80> name;
  std::vector<Tree> children;
};
RECORD(Tree, name, children)

struct Guests {
  std::vector<Person> people;
};
RECORD(Guests, people)

template <class T>
T parsed(std::string_view json, reflect::Read how = reflect::Read::stored) {
  return reflect::from_json<T>(json, how).value();
}
// "code pointer" of each error, in order; the problem's code first when it has no errors.
std::vector<std::string> errors_of(const base::Result<>& outcome);
template <class T>
std::vector<std::string> refused(std::string_view json) {
  T value{};
  return errors_of(reflect::read(reflect::type_of<T>(), &value, json));
}

}  // namespace sample
