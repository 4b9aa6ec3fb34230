#include "net/message_deflate.h"

#include <array>
#include <utility>

#include "net/ascii.h"
#include "net/deflater.h"

namespace net {
namespace {

constexpr int least_bits = 8, most_bits = 15;

// "8" to "15", without leading zeros.
std::optional<int> window_bits(std::string_view value) {
  for (int bits = least_bits; bits <= most_bits; ++bits)
    if (value == std::to_string(bits)) return bits;
  return std::nullopt;
}

// "name", "name=value" or "name=\"value\"".
struct Parameter {
  std::string_view name, value;
  bool has_value = false;
};

Parameter read_parameter(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {trimmed(text), {}};
  std::string_view value = trimmed(text.substr(equals + 1));
  if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
  return {trimmed(text.substr(0, equals)), value, true};
}

// What an offer asks of us; none when it must be declined.
class Offer {
 public:
  bool take(const Parameter& parameter) {
    if (parameter.name == "server_no_context_takeover") return once(0) && !parameter.has_value;
    if (parameter.name == "client_no_context_takeover") return once(1) && !parameter.has_value;
    if (parameter.name == "client_max_window_bits") return once(2) && (!parameter.has_value || window_bits(parameter.value));
    if (parameter.name == "server_max_window_bits") return once(3) && (server_bits_ = window_bits(parameter.value));
    return false;
  }
  DeflateTerms terms() const {
    DeflateTerms terms{.answer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"};
    if (!server_bits_) return terms;
    terms.window_bits = *server_bits_;
    terms.answer += "; server_max_window_bits=" + std::to_string(*server_bits_);
    return terms;
  }

 private:
  bool once(std::size_t which) { return !std::exchange(seen_[which], true); }
  std::array<bool, 4> seen_{};
  std::optional<int> server_bits_;
};

std::optional<DeflateTerms> read_offer(std::string_view extension) {
  std::size_t end = extension.find(';');
  if (!same_ignoring_case(trimmed(extension.substr(0, end)), "permessage-deflate")) return std::nullopt;
  Offer offer;
  while (end != std::string_view::npos) {
    extension.remove_prefix(end + 1);
    end = extension.find(';');
    if (!offer.take(read_parameter(extension.substr(0, end)))) return std::nullopt;
  }
  return offer.terms();
}

constexpr std::string_view flush_mark("\x00\x00\xff\xff", 4);  // an empty stored block: the sender leaves it out

// zlib has no window of 256 bytes for bare deflate; with runs of one byte alone (distance 1) it needs none.
Deflater& deflater_of(int bits) {
  thread_local std::array<std::unique_ptr<Deflater>, most_bits + 1> all;
  auto& one = all[static_cast<std::size_t>(bits)];
  if (!one && bits == least_bits) one = std::make_unique<Deflater>(-(least_bits + 1), Z_RLE);
  if (!one) one = std::make_unique<Deflater>(-bits);
  return *one;
}

}  // namespace

std::optional<DeflateTerms> choose_deflate(std::string_view offers) {
  std::optional<DeflateTerms> chosen;
  any_of_list(offers, [&](std::string_view extension) { return (chosen = read_offer(extension)).has_value(); });
  return chosen;
}

bool deflate_message(int bits, std::string_view message, std::string& out) {
  if (message.empty() || message.size() > 0x7fff'ffff || !deflater_of(bits).run(message, out, Z_SYNC_FLUSH)) return false;
  out.resize(out.size() - flush_mark.size());
  return true;
}

struct MessageInflater::State {
  State() {
    if (inflateInit2(&stream, -most_bits) != Z_OK) throw std::runtime_error("zlib has no memory");
  }
  ~State() { inflateEnd(&stream); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result run(std::string_view piece, std::string& out, std::size_t most) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));  // zlib only reads it
    stream.avail_in = static_cast<uInt>(piece.size());
    std::array<char, 16 * 1024> room;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(room.data());
      stream.avail_out = static_cast<uInt>(room.size());
      const int result = inflate(&stream, Z_SYNC_FLUSH);
      if (result == Z_BUF_ERROR) break;  // all of it had been said
      if (result != Z_OK && result != Z_STREAM_END) return Result::invalid;
      out.append(room.data(), room.size() - stream.avail_out);
      if (out.size() > most) return Result::too_long;
      ended = result == Z_STREAM_END;  // some flush by ending the stream; another may follow (RFC 7692 §7.2.3.4)
      if (ended) inflateReset(&stream);
    } while (stream.avail_in > 0 || stream.avail_out == 0);
    return Result::good;
  }
  bool between_blocks() const { return (stream.data_type & 128) != 0; }

  z_stream stream{};
  bool ended = false;
};

MessageInflater::MessageInflater() = default;
MessageInflater::~MessageInflater() = default;

MessageInflater::Result MessageInflater::feed(std::string_view piece, std::string& out, std::size_t most) {
  if (piece.empty()) return Result::good;
  if (!state_) state_ = std::make_unique<State>();
  return state_->run(piece, out, most);
}

MessageInflater::Result MessageInflater::finish(std::string& out, std::size_t most) {
  const std::unique_ptr<State> state = std::move(state_);
  if (!state || state->ended || state->between_blocks()) return Result::good;
  if (const Result result = state->run(flush_mark, out, most); result != Result::good) return result;
  return state->between_blocks() ? Result::good : Result::invalid;
}

}  // namespace net
