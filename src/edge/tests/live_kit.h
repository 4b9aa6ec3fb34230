#pragma once
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/daybook.h"
#include "edge/live.h"
#include "net/server.h"

// A real server, a real daybook, and a till that writes orders like the shop's.
namespace edge::test {

using namespace std::chrono_literals;

struct Guest {
  std::optional<std::string> name;
};
RECORD(Guest, name)
struct Dish {
  std::string name;
  std::optional<std::string> variant_name;
  base::Quantity quantity = base::Quantity::of(1);
  base::Money unit_price;
  std::vector<std::map<std::string, std::string>> modifiers;
  std::optional<std::string> note;
};
RECORD(Dish, name, variant_name, quantity, unit_price, modifiers, note)
struct TillOrder {
  base::Id<"ord"> id;
  std::optional<std::int64_t> number;
  std::string state = "open", fulfilment = "waiting", type = "pickup", source = "pos";
  std::optional<Guest> customer;
  std::optional<std::string> note;
  std::vector<Dish> lines;
  base::Money total;
  std::int64_t version = 1;
};
RECORD(TillOrder, id, number, state, fulfilment, type, source, customer, note, lines, total, version)
extern const core::Module till;

inline constexpr core::EventKind drafted{"order.drafted", 1, "A draft."}, proposed{"order.proposed", 1, "Proposed."},
    opened{"order.opened", 1, "Open."}, changed{"order.changed", 1, "Changed."}, voided{"order.voided", 1, "Voided."},
    discarded{"order.discarded", 1, "Discarded."}, touched{"station.changed", 1, "Something else."},
    ended{"session.ended", 1, "A session ended."};

base::Money pounds(std::int64_t pence);
core::Actor actor(std::vector<std::string> permissions, std::string id = "usr_01jqm3vh6e7s8v3jq0a1b2c3d4");

// What a test talks to. `stop_server` and `start_server` cut every connection; the daybook lives on.
class Shop {
 public:
  struct With {
    Live::Options live = {};
    net::ServerOptions server = {};
  };
  Shop() : Shop(With{}) {}
  explicit Shop(With);
  ~Shop();

  core::Daybook& daybook() { return *daybook_; }
  Live& live() { return *live_; }
  net::Server& server() { return *server_; }
  const std::shared_ptr<core::Tenant>& tenant() const { return tenant_; }
  std::string epoch() const { return tenant_->head().epoch; }
  std::int64_t head() const { return tenant_->head().seq; }
  std::uint16_t port() const { return server_->port(); }
  void stop_server();
  void start_server();
  void restart_all(const std::function<void(db::Connection&)>& between = {});  // the whole program, on the same file

  // "Bearer" is known as this person until it is changed; nothing: unknown.
  void person(const std::string& token, std::optional<core::Actor>, std::string_view tenant = "shop");
  std::shared_ptr<core::Tenant> other(std::string_view slug) { return *daybook_->create_tenant(slug, "Other"); }

  // Writes; each gives the seq.
  TillOrder fresh(std::string_view state = "open");
  std::int64_t create(const core::EventKind&, const TillOrder&);
  std::int64_t change(const core::EventKind&, TillOrder& now, const std::function<void(TillOrder&)>& f);
  std::int64_t open_order() { return create(opened, fresh()); }
  void open_orders(int n, std::size_t note_bytes = 0);
  std::int64_t something_else() { return create(touched, fresh()); }
  bool eventually(const std::function<bool()>&, std::chrono::milliseconds within = 10s);

 private:
  void open();
  std::int64_t work(const std::function<void(core::Tx&)>&);
  With with_;
  std::filesystem::path folder_;
  std::mutex mutex_;
  struct Person {
    core::Actor actor;
    std::string tenant;
  };
  std::map<std::string, Person, std::less<>> people_;
  std::unique_ptr<core::Daybook> daybook_;
  std::shared_ptr<core::Tenant> tenant_;
  std::unique_ptr<Live> live_;
  std::unique_ptr<net::Server> server_;
  std::int64_t number_ = 0;
};

// The bytes of one connection.
class Wire {
 public:
  explicit Wire(std::uint16_t port, int receive_buffer = 0);
  ~Wire();
  Wire(const Wire&) = delete;
  void send(std::string_view);
  bool more(std::chrono::milliseconds within);  // false: nothing came, or the end
  std::string take(std::size_t);
  std::string until(std::string_view mark, std::chrono::milliseconds within = 10s);
  std::string in;
  bool over = false;

 private:
  int descriptor_;
};

struct Head {
  int status = 0;
  std::string text;  // the head and, of a refusal, its body
};

// A terminal: a WebSocket client.
class Terminal {
 public:
  Terminal(Shop&, std::string_view token, std::string_view query = "", int receive_buffer = 0);
  Head head;
  void say(std::string_view text, unsigned char opcode = 1);
  std::string hear(std::chrono::milliseconds within = 10s);  // the next message; "" when none comes; "close 4001" at the end
  std::string member(std::string_view name, std::chrono::milliseconds within = 10s) { return hear_member(name, within); }
  bool silent(std::chrono::milliseconds during = 150ms) { return hear(during).empty(); }
  // Reads messages up to the mark that says "live"; checks every prev; gives the seqs of the orders.
  std::vector<std::int64_t> catch_up(std::int64_t from);
  std::int64_t seq_of(std::string_view message) const;

 private:
  std::string hear_member(std::string_view name, std::chrono::milliseconds within);
  Wire wire_;
};

// A reader of the stream.
struct Sent {
  std::string id, event, data, comment;
};
class Stream {
 public:
  Stream(Shop&, std::string_view token, std::string_view query = "", std::string_view last_event_id = "");
  Head head;
  std::optional<Sent> next(std::chrono::milliseconds within = 10s);   // comments included
  std::optional<Sent> event(std::chrono::milliseconds within = 10s);  // without comments
  bool ended(std::chrono::milliseconds within = 10s);

 private:
  bool more(std::chrono::milliseconds within);
  Wire wire_;
  std::string text_;
};

}  // namespace edge::test
