#include "main/play.h"

#include <algorithm>

#include "base/crypto.h"
#include "main/failure.h"

namespace program {

namespace {

constexpr std::chrono::seconds patience{30};  // for a server that restarts meanwhile
constexpr std::size_t reasons_kept = 5;

struct Ticket {
  std::string id;
};
RECORD(Ticket, id)
RECORD_TYPE(Ticket, "A ticket.")
struct Tickets {
  std::vector<Ticket> data;
};
RECORD(Tickets, data)
RECORD_TYPE(Tickets, "Tickets of an order.")
struct Placed {
  std::string id;
  base::Money total;
};
RECORD(Placed, id, total)
RECORD_TYPE(Placed, "An order.")

std::int64_t seconds_of(const SheetOrder& order) {
  return std::chrono::floor<std::chrono::seconds>(*order.at).time_since_epoch().count();
}

}  // namespace

Play::Play(const Session& session, std::vector<SheetOrder> orders, Options options)
    : session_(session), orders_(std::move(orders)), options_(std::move(options)), states_(orders_.size()) {
  score_.orders = std::ssize(orders_);
}

Play::~Play() {
  stop();
  for (auto& thread : threads_) thread.join();
}

void Play::start() {
  begin_ = Clock::now();
  for (std::size_t i = 0; i < orders_.size(); ++i)
    due_.push({begin_ + scaled(seconds_of(orders_[i]) - seconds_of(orders_.front())), Act::place, i, {}});
  for (std::size_t i = 0; i < options_.clients; ++i) threads_.emplace_back([this] { work(); });
}

void Play::stop() {
  std::scoped_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
}

bool Play::ended() const {
  std::scoped_lock lock(mutex_);
  return busy_ == 0 && (due_.empty() || stopping_);
}

Score Play::score() const {
  std::scoped_lock lock(mutex_);
  auto score = score_;
  const auto recorded = seconds_of(orders_.front()) +
                        std::chrono::duration_cast<std::chrono::seconds>((Clock::now() - begin_) * options_.speed).count();
  score.clock = base::print_instant(base::Instant(std::chrono::seconds(recorded))).substr(11, 5);
  return score;
}

Play::Clock::duration Play::scaled(std::int64_t recorded_seconds) const {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::microseconds(recorded_seconds * 1'000'000 / options_.speed));
}

// The same for the same run, order and question; even over from … to.
std::int64_t Play::chance(std::size_t order, std::string_view what, std::int64_t from, std::int64_t to) const {
  const auto run = std::to_string(options_.run);
  const auto hash = base::sha256({run, "/", orders_[order].number, "/", what});
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 7; ++i) number = number << 8 | hash[i];
  return from + number % (to - from + 1);
}

void Play::work() {
  net::Client client(session_.server);
  for (Due due; take(due);) {
    try {
      act(client, due);
    } catch (const std::exception& error) {
      refuse({.status = 0, .headers = {}, .body = error.what()});
    }
    std::scoped_lock lock(mutex_);
    --busy_;
    wake_.notify_all();
  }
}

// Waits for the next thing to do; false: there is none left.
bool Play::take(Due& due) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (stopping_ || (due_.empty() && busy_ == 0)) {
      wake_.notify_all();
      return false;
    }
    if (!due_.empty() && due_.top().at <= Clock::now()) {
      due = due_.top();
      due_.pop();
      ++busy_;
      return true;
    }
    if (due_.empty())
      wake_.wait(lock);
    else
      wake_.wait_until(lock, due_.top().at);
  }
}

void Play::later(std::int64_t recorded_seconds, Act act, std::size_t order, std::string ticket) {
  std::scoped_lock lock(mutex_);
  due_.push({Clock::now() + scaled(recorded_seconds), act, order, std::move(ticket)});
  wake_.notify_all();
}

// Every call may be repeated: orders have ids of ours, and a move that was made is refused the second time.
net::Response Play::call(net::Client& client, std::string_view method, const std::string& path, const std::string& body) {
  const auto until = Clock::now() + patience;
  while (true) {
    try {
      auto response = client.call(method, path, {{"Authorization", "Bearer " + session_.token}}, body);
      if (response.status < 500 || Clock::now() >= until) return response;
    } catch (const std::exception&) {
      if (Clock::now() >= until) throw;
    }
    {
      std::scoped_lock lock(mutex_);
      ++score_.retries;
      if (stopping_) throw Failure("stopped");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

void Play::refuse(const net::Response& response) {
  std::scoped_lock lock(mutex_);
  ++score_.refused;
  if (score_.reasons.size() < reasons_kept) score_.reasons.push_back(response.status == 0 ? response.body : text_of(response));
}

void Play::act(net::Client& client, const Due& due) {
  if (due.act == Act::place) return place(client, due.order);
  const auto path = due.act == Act::complete
                        ? "/api/v1/orders/" + states_[due.order].id + "/complete"
                        : "/api/v1/kitchen/tickets/" + due.ticket + (due.act == Act::start ? "/start" : "/bump");
  const auto response = call(client, "POST", path, "{}");
  // Somebody at a screen may have been quicker: what cannot be moved any more is left alone.
  if (response.status != 200 && response.status != 409) refuse(response);
  if (due.act == Act::start) later(chance(due.order, "bump" + due.ticket, 300, 840), Act::bump, due.order, due.ticket);
  bool all = false;
  if (std::scoped_lock lock(mutex_); true) {
    if (due.act == Act::bump) all = ++states_[due.order].bumped == states_[due.order].tickets;
    if (due.act == Act::complete && response.status == 200) ++score_.completed;
  }
  if (all) later(chance(due.order, "complete", 30, 300), Act::complete, due.order);
}

std::string Play::body_of(std::size_t order) const {
  const auto& recorded = orders_[order];
  base::Bits128 random{};
  const auto run = std::to_string(options_.run);
  std::ranges::copy_n(base::sha256({"daybook replay/", run, "/", recorded.number}).begin(), 16, random.begin());
  const auto offset = (seconds_of(recorded) - seconds_of(orders_.front())) * 1000 / options_.speed;
  orders::PlaceOrder input{.id = orders::OrderId(base::uuid_v7(options_.run + offset, random))};
  constexpr orders::Type types[] = {orders::Type::counter, orders::Type::pickup, orders::Type::pickup, orders::Type::delivery};
  input.type = types[chance(order, "type", 0, 3)];
  if (!options_.location.empty()) input.location = settings::LocationId::parse(options_.location);
  input.lines = base::List<orders::NewLine, 1, 200>(recorded.lines);
  return reflect::to_json(input);
}

void Play::place(net::Client& client, std::size_t order) {
  const auto body = body_of(order);
  const auto start = Clock::now();
  const auto response = call(client, "POST", "/api/v1/orders", body);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
  if (response.status != 200 && response.status != 201) return refuse(response);
  const auto placed = must(reflect::from_json<Placed>(response.body, reflect::Read::stored));
  {
    std::scoped_lock lock(mutex_);
    ++(response.status == 201 ? score_.placed : score_.there_already);
    score_.microseconds.push_back(took);
    if (response.status == 201)
      score_.revenue = score_.revenue.currency().empty() ? placed.total : score_.revenue + placed.total;
    states_[order].id = placed.id;
  }
  if (response.status == 201) send_to_kitchen(client, order);
}

void Play::send_to_kitchen(net::Client& client, std::size_t order) {
  const auto response = call(client, "GET", "/api/v1/kitchen/tickets?order=" + states_[order].id, {});
  if (response.status != 200) return refuse(response);
  const auto tickets = must(reflect::from_json<Tickets>(response.body, reflect::Read::stored)).data;
  if (std::scoped_lock lock(mutex_); true) states_[order].tickets = tickets.size();
  for (auto& ticket : tickets) later(chance(order, "start" + ticket.id, 60, 300), Act::start, order, ticket.id);
  if (tickets.empty()) later(60, Act::complete, order);
}

}  // namespace program
