#include <iostream>
#include <thread>

#include "core/log_routes.h"
#include "main/commands.h"
#include "main/control.h"
#include "main/failure.h"

namespace program {

namespace {

constexpr int wait_seconds = 25;
constexpr std::chrono::seconds patience{40};

struct Page {
  std::vector<base::Json> data;
  std::optional<std::string> next_cursor;
};
RECORD(Page, data, next_cursor)
RECORD_TYPE(Page, "Entries of the log.")
// What most subjects have of this; enough for one line.
struct Subject {
  std::optional<std::int64_t> number;
  std::optional<std::string> name, state, fulfilment;
  std::optional<base::Money> total;
  std::optional<std::vector<base::Json>> lines;
};
RECORD(Subject, number, name, state, fulfilment, total, lines)
RECORD_TYPE(Subject, "What an event is about.")

std::string summary_of(const std::string& data) {
  const auto read = reflect::from_json<Subject>(data, reflect::Read::stored);
  if (!read) return {};
  std::string text;
  const auto add = [&](const std::string& word) { text += (text.empty() ? "" : "  ") + word; };
  if (read->number) add("no. " + std::to_string(*read->number));
  if (read->name) add(*read->name);
  if (read->state) add(*read->state + (read->fulfilment ? '/' + *read->fulfilment : ""));
  if (read->lines && !read->lines->empty()) {
    add(std::to_string(read->lines->size()) + (read->lines->size() == 1 ? " line" : " lines"));
  }
  if (read->total) add(read->total->decimal() + ' ' + read->total->currency().text());
  return text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string line_of(const core::LogEntry& entry) {
  const auto actor = entry.actor.name.empty() ? entry.actor.id : entry.actor.name;
  return base::print_instant(entry.time).substr(11, 12) + ' ' + padded('#' + std::to_string(entry.seq), 8) + ' ' +
         padded(entry.type, 20) + ' ' + padded(entry.subject, 37) + ' ' + padded(actor, 18) + ' ' + summary_of(entry.data);
}

class Tail {
 public:
  Tail(const Configuration& configuration, const TailWish& wish)
      : configuration_(configuration), wish_(wish), after_(wish.after) {
    connect();
    if (after_.empty()) after_ = head();
  }
  int run() {
    while (!done()) {
      try {
        turn();
      } catch (const Failure&) {
        throw;  // said on purpose: nothing that waiting would mend
      } catch (const std::exception& error) {
        reconnect(error.what());
      }
    }
    return 0;
  }

 private:
  bool done() const { return wish_.count > 0 && printed_ >= wish_.count; }

  void connect() {
    session_ = open_session(configuration_, wish_.remote, "viewer", "daybook tail");
    auto server = session_.server;
    server.timeout = patience;
    client_.emplace(std::move(server));
  }
  // Every answer says where its data stands; this one has none.
  std::string head() { return get("/api/v1/me").position; }

  struct Got {
    net::Response response;
    std::string position;
  };
  Got get(const std::string& path) {
    Got got{client_->call("GET", path, {{"Authorization", "Bearer " + session_.token}}, {}), {}};
    for (auto& [name, value] : got.response.headers)
      if (name == "Daybook-Position" || name == "daybook-position") got.position = value;
    return got;
  }

  void turn() {
    std::string path = "/api/v1/daybook?limit=200&wait=" + std::to_string(wait_seconds) + "&after=" + after_;
    if (!wish_.types.empty()) path += "&types=" + wish_.types;
    const auto got = get(path);
    if (got.response.status == 401 && wish_.remote.token.empty()) return connect();  // ours has ended
    if (got.response.status == 409) {
      std::cerr << "the history has changed (a restore): going on from its head\n";
      after_ = head();
      return;
    }
    if (got.response.status >= 500) throw std::runtime_error(text_of(got.response));
    if (got.response.status != 200) throw Failure(text_of(got.response));
    lost_ = false;
    const auto page = must(reflect::from_json<Page>(got.response.body, reflect::Read::stored));
    for (auto& json : page.data) {
      if (done()) return;
      const auto entry = must(reflect::from_json<core::LogEntry>(json, reflect::Read::stored));
      std::cout << (wish_.json ? std::string(json) : line_of(entry)) << '\n';
      ++printed_;
      after_ = entry.epoch + ':' + std::to_string(entry.seq);
    }
    std::cout << std::flush;
    if (page.next_cursor)
      after_ = got.position.substr(0, got.position.find(':') + 1) + *page.next_cursor;
    else if (!got.position.empty())
      after_ = got.position;  // a filter may have passed over entries
  }

  void reconnect(const std::string& why) {
    if (!lost_) std::cerr << "no answer (" << why << "); trying again\n";
    lost_ = true;
    std::this_thread::sleep_for(std::chrono::seconds(1));
    try {
      connect();  // it may listen elsewhere now
    } catch (const std::exception&) {
      return;  // the next turn says so again
    }
  }

  const Configuration& configuration_;
  const TailWish& wish_;
  Session session_;
  std::optional<net::Client> client_;
  std::string after_;
  std::int64_t printed_ = 0;
  bool lost_ = false;
};

}  // namespace

int tail(const Configuration& configuration, const TailWish& wish) { return Tail(configuration, wish).run(); }

}  // namespace program
