#include "net/session.h"

#include <algorithm>

#include "base/log.h"
#include "net/answer.h"
#include "net/ascii.h"
#include "net/problem.h"

namespace net {
namespace {

constexpr std::size_t max_waiting_input = 64 * 1024;   // of pipelined requests
constexpr std::size_t max_waiting_output = 64 * 1024;  // of answers, before the next request is looked at
constexpr std::size_t copied_body = 16 * 1024;         // up to here one contiguous write is cheaper than a shared body
constexpr std::size_t kept_capacity = 4 * 1024;
constexpr std::int64_t half_open_ms = 1'000;

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Session::Session(Connection& connection) : connection_(connection) {
  connection_.expect(connection_.loop().now_ms() + connection_.loop().options().header_time.count());
}

void Session::bytes(std::span<char> data) {
  const std::string_view text(data.data(), data.size());
  if (in_.empty()) {
    const std::size_t used = consume(text);
    in_.assign(text.substr(used));
    after_consuming();
  } else {
    in_.append(text);
    resume();
  }
}

void Session::resume() {
  if (!in_.empty()) {
    in_.erase(0, consume(in_));
    if (in_.empty() && in_.capacity() > kept_capacity) std::string().swap(in_);
  }
  after_consuming();
}

void Session::after_consuming() {
  if (switch_) {
    const auto begin = std::exchange(switch_, nullptr);
    return begin();
  }
  if (ended_ && state_ == State::head && !under_pressure()) connection_.close_after_output();
  connection_.read_on();
}

std::size_t Session::consume(std::string_view data) {
  std::size_t used = 0;
  consuming_ = true;
  while (connection_.open()) {
    const State before = state_;
    const std::size_t count = step(data.substr(used));
    used += count;
    if (count == 0 && state_ == before) break;
  }
  consuming_ = false;
  return connection_.open() ? used : data.size();
}

std::size_t Session::step(std::string_view data) {
  switch (state_) {
    case State::head:
      return data.empty() || under_pressure() ? 0 : read_head(data);
    case State::body:
      return framing_.body == BodyKind::chunked ? read_chunked(data) : read_sized(data);
    case State::waiting:
    case State::leaving:
      return 0;
    case State::over:
      return data.size();
  }
  return 0;
}

std::size_t Session::read_head(std::string_view data) {
  const ServerOptions& options = connection_.loop().options();
  Fault fault;
  const std::size_t size = scanner_.scan(data.substr(0, options.max_header_bytes + 1), fault);
  if (fault) return refuse(fault), 0;
  if (size > options.max_header_bytes || (size == 0 && data.size() > options.max_header_bytes)) {
    refuse(431, "http.header_too_large", "Headers too large",
           "The request line and headers are limited to " + std::to_string(options.max_header_bytes) + " bytes.");
    return 0;
  }
  if (size == 0) {
    if (!head_begun_) connection_.expect(connection_.loop().now_ms() + options.header_time.count());
    head_begun_ = true;
    return 0;
  }
  framing_ = {};
  if ((fault = parse_head(data.substr(0, size), request_, framing_))) return refuse(fault), 0;
  if (framing_.body == BodyKind::none) {
    dispatch();
  } else {
    begin_body(data.size() > size);
  }
  return size;
}

void Session::begin_body(bool more_is_here) {
  const ServerOptions& options = connection_.loop().options();
  if (framing_.length > options.max_body_bytes) return refuse_too_large();
  constexpr std::uint64_t trusted = 64 * 1024;  // a mere promise of a large body reserves no memory
  request_.body.reserve(static_cast<std::size_t>(std::min(framing_.length, trusted)));
  chunks_.reset();
  state_ = State::body;
  connection_.expect(connection_.loop().now_ms() + options.body_time.count());
  if (framing_.expects_continue && !more_is_here) {
    connection_.out().text("HTTP/1.1 100 Continue\r\n\r\n");
    connection_.flush_soon();
  }
}

std::size_t Session::read_sized(std::string_view data) {
  const std::string_view part = data.substr(0, static_cast<std::size_t>(framing_.length) - request_.body.size());
  if (part.empty()) return 0;
  request_.body.append(part);
  if (request_.body.size() == framing_.length) {
    dispatch();
  } else {
    connection_.expect(connection_.loop().now_ms() + connection_.loop().options().body_time.count());
  }
  return part.size();
}

std::size_t Session::read_chunked(std::string_view data) {
  std::size_t used = 0;
  for (;;) {
    const ChunkedDecoder::Step step = chunks_.step(data.substr(used));
    if (step.state == ChunkedDecoder::State::fault) return refuse({400, "The chunked body is malformed."}), used;
    if (request_.body.size() + step.body.size() > connection_.loop().options().max_body_bytes) return refuse_too_large(), used;
    request_.body.append(step.body);
    used += step.used;
    if (step.state == ChunkedDecoder::State::done) return dispatch(), used;
    if (step.used == 0) break;
  }
  if (used > 0) connection_.expect(connection_.loop().now_ms() + connection_.loop().options().body_time.count());
  return used;
}

void Session::dispatch() {
  Loop& loop = connection_.loop();
  state_ = State::waiting;
  connection_.expect(never);
  Counters::add(loop.counters.requests, 1);
  head_only_ = request_.method == "HEAD";
  coding_ = loop.options().compress_from_bytes ? accepted_coding(request_.header("accept-encoding")) : Coding::identity;
  request_.peer = connection_.peer();
  request_.secure = connection_.secure();
  bool asked = false;
  try {
    ask_handler(asked);
  } catch (const std::exception& error) {
    base::log::error("The handler of a request failed.", {{"error", error.what()}});
    if (!asked) take(problem(500, "internal", "Internal error", "The request failed."));
    // else the Reply went with the handler and has answered 500
  }
}

void Session::ask_handler(bool& asked) {
  Handler& handler = connection_.loop().handler();
  const bool upgrades = framing_.upgrades_to_websocket && framing_.body == BodyKind::none;
  const bool streams = !upgrades && request_.method == "GET" && handler.streams(request_);
  asked = true;
  if (upgrades) return ask_upgrade();
  if (streams) return ask_stream();
  handler.request(std::move(request_), Reply({connection_.shared_from_this(), this}));
}

void Session::answer(Response response) {
  if (connection_.loop().here()) return take(std::move(response));
  connection_.loop().post(
      [this, keep = connection_.shared_from_this(), response = std::move(response)]() mutable { take(std::move(response)); });
}

bool Session::alive() const {
  if (gone_) return false;
  // A peer that has ended its side may still read (`shutdown`), but has more likely gone: it is believed for a moment only.
  const std::int64_t ended_at = ended_at_ms_;
  return ended_at == 0 || steady_ms() - ended_at < half_open_ms;
}

void Session::take(Response&& response) {
  if (!connection_.open() || state_ != State::waiting) return;
  write_answer(response);
  if (!consuming_) resume();
}

bool Session::pick_coding(const Response& response, std::string_view body, bool& vary) const {
  const std::size_t from = connection_.loop().options().compress_from_bytes;
  if (from == 0 || body.size() < from) return false;
  bool text = false;
  for (const auto& [name, value] : response.headers) {
    if (same_ignoring_case(name, "content-type")) text = compressible(value);
    if (same_ignoring_case(name, "content-encoding")) return false;  // the handler has done it
  }
  vary = text;
  return text && coding_ != Coding::identity && !head_only_;
}

void Session::write_answer(Response& response) {
  Loop& loop = connection_.loop();
  std::string_view body = response.shared ? std::string_view(*response.shared) : std::string_view(response.body);
  AnswerHead head{.status = response.status, .date = loop.date()};
  std::string smaller;
  if (pick_coding(response, body, head.vary) && compress(coding_, body, smaller)) {
    head.coding = name_of(coding_);
    response.shared = nullptr;
    response.body = std::move(smaller);
    body = response.body;
  }
  head.length = body.size();
  head.has_length = !bodiless(response.status);
  if (head_only_ || !head.has_length) body = {};
  const bool close = response.close || !framing_.keep_alive || loop.draining();
  head.after = close ? After::close : framing_.http_1_0 ? After::keep_alive_1_0 : After::keep_alive;
  const bool copied = body.size() <= copied_body;
  connection_.out().text(loop.spare(), [&](std::string& out) {
    append_head(out, head, response.headers);
    if (copied) out.append(body);
  });
  if (!copied)
    connection_.out().shared(response.shared ? std::move(response.shared)
                                             : std::make_shared<const std::string>(std::move(response.body)));
  connection_.flush_soon();
  request_ = {};
  framing_ = {};
  head_only_ = false;
  if (close) {
    state_ = State::over;
    return connection_.close_after_output();
  }
  state_ = State::head;
  head_begun_ = false;
  connection_.expect(loop.now_ms() + loop.options().idle_time.count());
}

void Session::refuse(int status, std::string_view code, std::string_view title, std::string_view detail) {
  Response response = problem(status, code, title, detail);
  response.close = true;
  state_ = State::waiting;
  write_answer(response);
}

void Session::refuse(const Fault& fault) {
  switch (fault.status) {
    case 417:
      return refuse(417, "http.expectation", "Unknown expectation", fault.detail);
    case 431:
      return refuse(431, "http.header_too_large", "Headers too large", fault.detail);
    case 505:
      return refuse(505, "http.version", "Unknown HTTP version", fault.detail);
    default:
      return refuse(400, "http.malformed", "Malformed request", fault.detail);
  }
}

void Session::refuse_too_large() {
  refuse(413, "http.too_large", "Body too large",
         "A body is limited to " + std::to_string(connection_.loop().options().max_body_bytes) + " bytes.");
}

bool Session::under_pressure() const { return connection_.out().bytes() > max_waiting_output; }

bool Session::wants_bytes() const { return state_ != State::waiting || in_.size() < max_waiting_input; }

void Session::drained() {
  if (state_ == State::head) resume();
}

void Session::due() {
  if (state_ == State::body) return refuse(408, "http.timeout", "Timeout", "The body did not arrive in time.");
  if (state_ != State::head) return;
  if (head_begun_) return refuse(408, "http.timeout", "Timeout", "The headers did not arrive in time.");
  connection_.cut_soon();  // idle
}

void Session::ended() {
  ended_ = true;
  ended_at_ms_ = steady_ms();
  if (state_ != State::waiting && !under_pressure()) connection_.close_after_output();
}

void Session::draining() {
  if (state_ != State::head || !in_.empty()) return;
  if (connection_.out().empty()) return connection_.cut_soon();
  connection_.close_after_output();
}

}  // namespace net
