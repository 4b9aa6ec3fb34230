#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// permessage-deflate (RFC 7692), the server's side. Both ways every message is compressed for itself ("no context takeover"),
// so a quiet socket keeps no compressor, and a message for many sockets is compressed once.
namespace net {

struct DeflateTerms {
  int window_bits = 15;  // of what we send, 8 to 15
  std::string answer;    // the value of Sec-WebSocket-Extensions
};

// Takes the first acceptable offer of a client's Sec-WebSocket-Extensions (RFC 7692 §7.1): one of a known name whose parameters
// are known, well formed and given once. None: the socket goes without.
std::optional<DeflateTerms> choose_deflate(std::string_view offers);

// The payload of a compressed message, without the four bytes that the peer adds again. False: it would not be smaller.
bool deflate_message(int window_bits, std::string_view message, std::string& out);

// Compressed messages that come in pieces. Holds memory in the middle of a message only.
class MessageInflater {
 public:
  MessageInflater();
  ~MessageInflater();
  enum class Result : std::uint8_t { good, too_long, invalid };
  // Appends to `out` what a piece stands for, until `out` has more than `most` bytes.
  Result feed(std::string_view piece, std::string& out, std::size_t most);
  Result finish(std::string& out, std::size_t most);  // that was the last piece

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace net
