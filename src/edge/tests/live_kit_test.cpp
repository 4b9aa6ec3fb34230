// Not tests themselves: what the tests of streams and sockets share (live_kit.h).
#include "edge/tests/live_kit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "db/database.h"
#include "reflect/json.h"

namespace edge::test {

RECORD_TYPE(Guest, "Who ordered.")
RECORD_TYPE(Dish, "A line.")
RECORD_TYPE(TillOrder, "An order of the test's till.", {"customer", "Who ordered.", personal})

namespace {

const core::Resource orders{.path = "/orders",
                            .subject = "order",
                            .one = "an order",
                            .many = "orders",
                            .table = "till_order",
                            .type = &reflect::type_of<TillOrder>,
                            .offers = core::reads,
                            .read_permission = "orders.read"};

const core::CacheKind rights = core::cache_kind<int, [](db::Snapshot&) { return 0; }>("till.rights", {"session."});

// Refuses whatever is no stream and no socket.
struct Handler : net::Handler {
  Live& live;
  Live::Authenticate who;
  Handler(Live& l, Live::Authenticate w) : live(l), who(std::move(w)) {}
  void request(net::Request&&, net::Reply reply) override { std::move(reply)({.status = 404}); }
  bool streams(const net::Request& request) override { return live.streams(request); }
  void stream(net::Request&& request, std::function<void(StreamAnswer)> decide) override {
    const auto header = request.header("Authorization");
    auto person = who(header.empty() ? header : header.substr(7));
    if (!person) return decide({.refused = net::Response{.status = 401}, .headers = {}, .opened = {}});
    live.stream(std::move(request), std::move(person->first), std::move(person->second), std::move(decide));
  }
  void upgrade(net::Request&& request, std::function<void(Upgrade)> decide) override {
    live.upgrade(std::move(request), std::move(decide));
  }
};

}  // namespace

const core::Module till{.name = "till",
                        .summary = "Orders of the test.",
                        .migrations = {{"till", 1, "till",
                                        "CREATE TABLE till_order (tenant BIGINT NOT NULL, id TEXT NOT NULL, number BIGINT, "
                                        "state TEXT NOT NULL, fulfilment TEXT NOT NULL, "
                                        "type TEXT NOT NULL, source TEXT NOT NULL, customer TEXT, note TEXT, lines TEXT NOT "
                                        "NULL, total_minor BIGINT NOT NULL, "
                                        "total_currency TEXT NOT NULL, version BIGINT NOT NULL, PRIMARY KEY (tenant, id))"}},
                        .resources = {orders},
                        .events = {drafted, proposed, opened, changed, voided, discarded, touched, ended},
                        .permissions = {{"orders.read", "Read orders."}},
                        .caches = {&rights},
                        .authenticate = [](core::View&, std::string_view) { return std::optional<core::Actor>(); }};

base::Money pounds(std::int64_t pence) { return {pence, *base::Currency::parse("GBP")}; }
core::Actor actor(std::vector<std::string> permissions, std::string id) {
  std::ranges::sort(permissions);
  return {std::move(id), std::make_shared<const std::vector<std::string>>(std::move(permissions)), {}};
}

// ---- the shop -------------------------------------------------------------------------------------------------------

Shop::Shop(With with) : with_(std::move(with)) {
  std::string folder = (std::filesystem::temp_directory_path() / "daybook-live-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw std::runtime_error("mkdtemp " + folder);
  folder_ = folder;
  person("all", actor({"*"}));
  open();
  tenant_ = *daybook_->create_tenant("shop", "The Shop");
  start_server();
}

Shop::~Shop() {
  stop_server();
  live_.reset();
  daybook_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Shop::open() {
  static const core::Module* const modules[] = {&till};
  core::Daybook::Options options{
      .database = {.url = folder_.string()},
      .clock = [] { return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()); }};
  daybook_ = std::make_unique<core::Daybook>(std::move(options), modules);
  live_ = std::make_unique<Live>(*daybook_, with_.live);
  live_->set_authenticator(
      [this](std::string_view token) -> std::optional<std::pair<core::Actor, std::shared_ptr<core::Tenant>>> {
        std::scoped_lock lock(mutex_);
        const auto at = people_.find(token);
        if (at == people_.end()) return std::nullopt;
        return std::pair(at->second.actor, daybook_->tenant(at->second.tenant));
      });
  daybook_->start();
}

void Shop::start_server() {
  auto options = with_.server;
  options.port = 0;
  auto who = [this](std::string_view token) -> std::optional<std::pair<core::Actor, std::shared_ptr<core::Tenant>>> {
    std::scoped_lock lock(mutex_);
    const auto at = people_.find(token);
    if (at == people_.end()) return std::nullopt;
    return std::pair(at->second.actor, daybook_->tenant(at->second.tenant));
  };
  server_ = std::make_unique<net::Server>(options, std::make_shared<Handler>(*live_, who));
  live_->attach(*server_);
  server_->start();
}

void Shop::stop_server() {
  if (!server_) return;
  server_->stop(0ms);
  live_->detach();
  server_.reset();
}

void Shop::restart_all(const std::function<void(db::Connection&)>& between) {
  stop_server();
  live_.reset();
  daybook_.reset();
  if (between) {
    const auto database = db::open({.url = folder_.string()});
    const auto connection = database->connect(db::Access::write);
    connection->begin(db::Access::write);
    between(*connection);
    connection->commit();
  }
  open();
  tenant_ = daybook_->tenant("shop");
  start_server();
}

void Shop::person(const std::string& token, std::optional<core::Actor> who, std::string_view tenant) {
  std::scoped_lock lock(mutex_);
  if (who)
    people_[token] = {*who, std::string(tenant)};
  else
    people_.erase(token);
}

std::int64_t Shop::work(const std::function<void(core::Tx&)>& f) {
  const auto done = daybook_->work_and_wait(tenant_, [&](core::Group& group, core::Tenant& t) {
    const auto who = core::Actor::system("till");
    const core::Request request;
    auto tx = group.tx(t, who, request);
    f(tx);
    tx.keep();
    group.dirty();
    group.emitted(t, std::move(tx.emitted()));
  });
  if (!done) throw std::runtime_error(std::string(done.error().code));
  return head();
}

TillOrder Shop::fresh(std::string_view state) {
  static std::atomic<std::uint8_t> counter = 0;
  static std::atomic<std::int64_t> millisecond = 1'700'000'000'000;
  TillOrder order;
  order.id = base::Id<"ord">(base::uuid_v7(++millisecond, {++counter}));
  order.state = state;
  order.number = ++number_;
  order.customer = Guest{"Ann"};
  order.lines = {{.name = "Tea", .variant_name = {}, .unit_price = pounds(1250), .modifiers = {}, .note = {}}};
  order.total = pounds(2499);
  return order;
}

std::int64_t Shop::create(const core::EventKind& kind, const TillOrder& order) {
  return work([&](core::Tx& tx) {
    tx.insert("till_order", order);
    tx.emit(kind, order);
  });
}

std::int64_t Shop::change(const core::EventKind& kind, TillOrder& now, const std::function<void(TillOrder&)>& f) {
  const auto before = now;
  f(now);
  ++now.version;
  return work([&](core::Tx& tx) {
    tx.update("till_order", now);
    tx.emit(kind, before, now);
  });
}

void Shop::open_orders(int n, std::size_t note_bytes) {
  for (int done = 0; done < n;) {
    work([&](core::Tx& tx) {
      for (int i = 0; i < 50 && done < n; ++i, ++done) {
        auto order = fresh();
        if (note_bytes) order.note = std::string(note_bytes, 'x');
        tx.insert("till_order", order);
        tx.emit(opened, order);
      }
    });
  }
}

bool Shop::eventually(const std::function<bool()>& so, std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

// ---- the other side -------------------------------------------------------------------------------------------------

Wire::Wire(std::uint16_t port, int receive_buffer) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no connection");
}
Wire::~Wire() { ::close(descriptor_); }

void Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Wire::more(std::chrono::milliseconds within) {
  pollfd one{.fd = descriptor_, .events = POLLIN, .revents = 0};
  if (over || ::poll(&one, 1, static_cast<int>(within.count())) <= 0) return false;
  char buffer[65536];
  const auto count = ::recv(descriptor_, buffer, sizeof buffer, 0);
  if (count <= 0) return over = true, false;
  in.append(buffer, static_cast<std::size_t>(count));
  return true;
}

std::string Wire::take(std::size_t n) {
  auto out = in.substr(0, n);
  in.erase(0, n);
  return out;
}

std::string Wire::until(std::string_view mark, std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  while (!in.contains(mark)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() <= 0 || !more(left)) return {};
  }
  return take(in.find(mark) + mark.size());
}

namespace {

Head read_head(Wire& wire) {
  Head head;
  head.text = wire.until("\r\n\r\n");
  head.status = head.text.size() > 12 ? std::stoi(head.text.substr(9, 3)) : 0;
  if (head.status >= 300) {
    if (wire.in.empty()) wire.more(1s);
    head.text += wire.in;
  }
  return head;
}

std::string authorization(std::string_view token) {
  return token.empty() ? "" : "Authorization: Bearer " + std::string(token) + "\r\n";
}

}  // namespace

Terminal::Terminal(Shop& shop, std::string_view token, std::string_view query, int receive_buffer)
    : wire_(shop.port(), receive_buffer) {
  const auto target = query.starts_with('/') ? std::string(query) : "/ws/pos/shop" + std::string(query);
  wire_.send("GET " + target +
             " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
             authorization(token) + "\r\n");
  head = read_head(wire_);
}

void Terminal::say(std::string_view text, unsigned char opcode) {
  std::string frame{static_cast<char>(0x80 | opcode)};
  if (text.size() < 126) {
    frame += static_cast<char>(0x80 | text.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(text.size() >> 8);
    frame += static_cast<char>(text.size() & 255);
  }
  frame.append(4, '\0');  // a mask of zeros is a mask
  wire_.send(frame.append(text));
}

std::string Terminal::hear(std::chrono::milliseconds within) {
  const auto end = std::chrono::steady_clock::now() + within;
  const auto have = [&](std::size_t n) {
    while (wire_.in.size() < n) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      if (left.count() <= 0 || !wire_.more(left)) return false;
    }
    return true;
  };
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(wire_.in[i]); };
  if (!have(2)) return wire_.over ? "cut" : "";
  std::size_t size = byte(1) & 127, start = 2;
  if (size == 126) {
    if (!have(4)) return "cut";
    size = static_cast<std::size_t>(byte(2) << 8 | byte(3));
    start = 4;
  } else if (size == 127) {
    if (!have(10)) return "cut";
    size = 0;
    for (std::size_t i = 2; i < 10; ++i) size = size << 8 | byte(i);
    start = 10;
  }
  const auto opcode = byte(0) & 15;
  if (!have(start + size)) return "cut";
  wire_.take(start);
  auto payload = wire_.take(size);
  if (opcode == 9) return hear(within);
  if (opcode == 8) {
    const auto code =
        payload.size() < 2 ? 1005 : static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
    return "close " + std::to_string(code);
  }
  return payload;
}

std::string Terminal::hear_member(std::string_view name, std::chrono::milliseconds within) {
  return reflect::member(hear(within), name);
}

std::int64_t Terminal::seq_of(std::string_view message) const {
  const auto text = reflect::member(message, "seq");
  return text.empty() ? -1 : std::stoll(text);
}

std::vector<std::int64_t> Terminal::catch_up(std::int64_t from) {
  std::vector<std::int64_t> seqs;
  while (true) {
    const auto message = hear();
    const auto type = reflect::member(message, "type");
    if (type != "new_order" && type != "order_updated" && type != "mark") {
      ADD_FAILURE() << "instead of a message of the log: " << message;
      return seqs;
    }
    EXPECT_EQ(reflect::member(message, "prev"), std::to_string(from)) << message;
    from = seq_of(message);
    if (type != "mark")
      seqs.push_back(from);
    else if (reflect::member(message, "live") == "true")
      return seqs;
  }
}

Stream::Stream(Shop& shop, std::string_view token, std::string_view query, std::string_view last_event_id)
    : wire_(shop.port()) {
  wire_.send("GET /api/v1/daybook/stream" + std::string(query) + " HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n" +
             (last_event_id.empty() ? "" : "Last-Event-ID: " + std::string(last_event_id) + "\r\n") + authorization(token) +
             "\r\n");
  head = read_head(wire_);
}

// One chunk of the body.
bool Stream::more(std::chrono::milliseconds within) {
  const auto size = wire_.until("\r\n", within);
  if (size.empty()) return false;
  const auto n = std::stoul(size, nullptr, 16);
  if (n == 0) return wire_.over = true, false;
  while (wire_.in.size() < n + 2)
    if (!wire_.more(10s)) return false;
  text_ += wire_.take(n);
  wire_.take(2);
  return true;
}

std::optional<Sent> Stream::next(std::chrono::milliseconds within) {
  while (!text_.contains("\n\n"))
    if (!more(within)) return std::nullopt;
  auto block = text_.substr(0, text_.find("\n\n") + 1);
  text_.erase(0, block.size() + 1);
  Sent sent;
  while (!block.empty()) {
    const auto line = block.substr(0, block.find('\n'));
    block.erase(0, line.size() + 1);
    if (line.starts_with("id: ")) sent.id = line.substr(4);
    if (line.starts_with("event: ")) sent.event = line.substr(7);
    if (line.starts_with("data: ")) sent.data = line.substr(6);
    if (line.starts_with(":")) sent.comment = line;
  }
  return sent;
}

std::optional<Sent> Stream::event(std::chrono::milliseconds within) {
  while (auto sent = next(within))
    if (sent->comment.empty()) return sent;
  return std::nullopt;
}

bool Stream::ended(std::chrono::milliseconds within) {
  while (next(within)) continue;
  return wire_.over;
}

}  // namespace edge::test
