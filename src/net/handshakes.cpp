#include "net/handshakes.h"

#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "net/answer.h"
#include "net/problem.h"
#include "net/tls_wire.h"
#include "net/wheel.h"

namespace net {
namespace {

std::string plain_answer() {
  const Response response = problem(400, "http.plain", "This port speaks HTTPS", "Ask again with https:// in the address.");
  std::string text;
  append_head(text, {.status = 400, .date = {}, .length = response.body.size(), .after = After::close}, response.headers);
  return text.append(response.body);
}

}  // namespace

class Handshakes::Handshake final : public std::enable_shared_from_this<Handshake>, private Timed {
 public:
  Handshake(Handshakes& all, const Listener::Accepted& one)
      : all_(all), wire_(open_tls_wire(*all.loop_, one.descriptor, one.family)), peer_(one.peer) {}

  void start(List::iterator place) {
    place_ = place;
    Loop& loop = *all_.loop_;
    loop.wheel().set(*this, loop.now_ms() + loop.options().handshake_time.count());
    go_on();
  }

  // It ends here; the peer hears nothing.
  void cut(std::string_view why) {
    const auto keep = shared_from_this();
    base::log::debug("a TLS handshake failed", {{"peer", peer_}, {"error", why}});
    Counters::add(all_.loop_->counters.handshakes_failed, 1);
    leave()->close();
  }

  bool speaking = false;

 private:
  void due() override { cut("it took too long"); }

  void go_on() {
    const TlsWire::Step step = wire_->handshake(*all_.loop_->options().tls);
    if (wire_->begun() && !speaking) all_.spoke(place_);
    switch (step) {
      case TlsWire::Step::done: {
        const auto keep = shared_from_this();
        return all_.arrived_(*all_.loop_, leave(), std::move(peer_));
      }
      case TlsWire::Step::plain:
        wire_->say_plainly(plain_answer());
        return cut(wire_->why());
      case TlsWire::Step::failed:
        return cut(wire_->why());
      case TlsWire::Step::read:
      case TlsWire::Step::write:
        break;
    }
    wire_->wait(step, [keep = shared_from_this()](bool ok) {
      if (!ok || !keep->wire_) return;
      Loop::Turn turn(*keep->all_.loop_);
      keep->go_on();
    });
  }

  std::unique_ptr<TlsWire> leave() {
    all_.loop_->wheel().remove(*this);
    std::unique_ptr<TlsWire> wire = std::move(wire_);
    all_.forget(place_, speaking ? all_.speaking_ : all_.silent_);
    return wire;
  }

  Handshakes& all_;
  std::unique_ptr<TlsWire> wire_;  // null: it has left
  std::string peer_;
  List::iterator place_;
};

Handshakes::Handshakes(std::shared_ptr<Loop> loop, Arrived arrived)
    : loop_(std::move(loop)),
      arrived_(std::move(arrived)),
      most_(std::max<std::size_t>(loop_->options().max_handshakes / std::max<std::size_t>(loop_->options().threads, 1), 1)) {}

Handshakes::~Handshakes() = default;

void Handshakes::begin(const Listener::Accepted& one) {
  if (closed_) return (void)::close(one.descriptor);
  const auto made = std::make_shared<Handshake>(*this, one);
  Counters::add(loop_->counters.handshakes_open, 1);
  made->start(silent_.insert(silent_.end(), made));
}

void Handshakes::spoke(const List::iterator& one) {
  (*one)->speaking = true;
  speaking_.splice(speaking_.end(), silent_, one);
  if (speaking_.size() > most_) speaking_.front()->cut("too many are under way, and it was the oldest");
}

void Handshakes::forget(const List::iterator& one, List& among) {
  among.erase(one);
  Counters::add(loop_->counters.handshakes_open, static_cast<std::uint64_t>(-1));
}

void Handshakes::cut() {
  closed_ = true;
  for (List* list : {&silent_, &speaking_})
    while (!list->empty()) list->front()->cut("the server stops");
}

}  // namespace net
