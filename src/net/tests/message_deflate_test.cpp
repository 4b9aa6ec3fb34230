#include "net/message_deflate.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <vector>

namespace net::test {
namespace {

using Result = MessageInflater::Result;

std::string answer_to(std::string_view offers) {
  const auto terms = choose_deflate(offers);
  return terms ? terms->answer : "";
}

// "" when the pieces are no compressed message.
std::string inflated(std::string_view packed, std::size_t piece = 1'000'000) {
  MessageInflater inflater;
  std::string out;
  for (std::size_t at = 0; at < packed.size(); at += piece)
    if (inflater.feed(packed.substr(at, piece), out, 1'000'000) != Result::good) return "";
  return inflater.finish(out, 1'000'000) == Result::good ? out : "";
}

// As another program would do it.
std::string raw_deflate(std::string_view message, int end, int strategy = Z_DEFAULT_STRATEGY) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, strategy);
  std::string out(message.size() * 2 + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
  stream.avail_in = static_cast<uInt>(message.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, end);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

constexpr std::string_view ours = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

TEST(Offers, OfPermessageDeflateAreTakenWithoutContextTakeover) {
  for (const char* offer : {"permessage-deflate", " Permessage-Deflate ", "permessage-deflate; client_max_window_bits",
                            "permessage-deflate;client_max_window_bits=8", "permessage-deflate; client_no_context_takeover",
                            "permessage-deflate; server_no_context_takeover ; client_max_window_bits=\"15\"",
                            "x-webkit-deflate-frame, permessage-deflate"})
    EXPECT_EQ(answer_to(offer), ours) << offer;
  for (int bits = 8; bits <= 15; ++bits) {
    const auto terms = choose_deflate("permessage-deflate; server_max_window_bits=" + std::to_string(bits));
    ASSERT_TRUE(terms);
    EXPECT_EQ(terms->window_bits, bits);
    EXPECT_EQ(terms->answer, std::string(ours) + "; server_max_window_bits=" + std::to_string(bits));
  }
}

TEST(Offers, ThatAreNotUnderstoodAreDeclined) {
  for (const std::string parameter :
       {"unknown", "server_no_context_takeover=1", "client_no_context_takeover=true", "server_max_window_bits",
        "server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=08",
        "server_max_window_bits=", "client_max_window_bits=7", "client_max_window_bits=\"\"", "client_max_window_bits=1e1", "",
        "server_no_context_takeover; server_no_context_takeover", "client_max_window_bits; client_max_window_bits=9"}) {
    EXPECT_EQ(answer_to("permessage-deflate; " + parameter), "") << parameter;
    EXPECT_EQ(answer_to("permessage-deflate; " + parameter + ", permessage-deflate"), ours) << "the next one is good";
  }
  EXPECT_EQ(answer_to(""), "");
  EXPECT_EQ(answer_to("permessage-bzip2, foo; bar"), "");
}

TEST(MessageDeflate, ComesBackWhateverTheWindow) {
  std::string text;
  for (int i = 0; i < 4000; ++i) text += "line " + std::to_string(i * i % 977) + "\n";
  for (int bits = 8; bits <= 15; ++bits) {
    std::string packed, repeated(3000, 'r');
    ASSERT_TRUE(deflate_message(bits, text, packed)) << bits;
    EXPECT_LT(packed.size(), text.size());
    EXPECT_TRUE(inflated(packed) == text) << bits;
    EXPECT_TRUE(inflated(packed, 7) == text) << bits;
    std::string again;
    ASSERT_TRUE(deflate_message(bits, text, again));
    EXPECT_TRUE(again == packed) << "nothing is taken over from the message before";
    ASSERT_TRUE(deflate_message(bits, repeated, packed));
    EXPECT_EQ(inflated(packed), repeated);
  }
}

// The window that was agreed on is enough to read it: nothing refers further back.
TEST(MessageDeflate, StaysWithinTheWindow) {
  std::string text;
  std::uint32_t state = 3;
  for (int i = 0; i < 20'000; ++i) text += static_cast<char>('a' + ((state = state * 1664525 + 1013904223) >> 28));
  for (int bits = 8; bits <= 15; ++bits) {
    std::string packed;
    ASSERT_TRUE(deflate_message(bits, text + text, packed));
    packed.append("\x00\x00\xff\xff", 4);
    z_stream stream{};
    ASSERT_EQ(inflateInit2(&stream, -bits), Z_OK);
    std::string out;
    stream.next_in = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());
    char room[100];  // small, so that distances are measured against the window and not against what is still at hand
    int result = Z_OK;
    while (result == Z_OK) {
      stream.next_out = reinterpret_cast<Bytef*>(room);
      stream.avail_out = sizeof room;
      result = inflate(&stream, Z_SYNC_FLUSH);
      out.append(room, sizeof room - stream.avail_out);
    }
    inflateEnd(&stream);
    EXPECT_EQ(result, Z_BUF_ERROR) << bits;
    EXPECT_TRUE(out == text + text) << bits;
  }
}

TEST(MessageDeflate, LeavesWhatDoesNotGetSmaller) {
  std::string out;
  EXPECT_FALSE(deflate_message(15, "", out));
  EXPECT_FALSE(deflate_message(15, "a", out));
  EXPECT_FALSE(deflate_message(15, "no repetition", out));
}

TEST(MessageInflate, ReadsTheExamplesOfTheStandard) {  // RFC 7692 §7.2.3
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(inflated("\xf2\x48\xcd\xc9\xc9\x07\x00"sv), "Hello");
  EXPECT_EQ(inflated("\xf2\x48\xcd\xc9\xc9\x07\x00"sv, 1), "Hello");
  EXPECT_EQ(inflated("\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"sv), "Hello") << "a block without compression";
  EXPECT_EQ(inflated("\xf3\x48\xcd\xc9\xc9\x07\x00\x00"sv), "Hello") << "a final block";
  EXPECT_EQ(inflated("\xf3\x48\xcd\xc9\xc9\x07\x00"sv), "Hello") << "a final block alone";
  EXPECT_EQ(inflated("\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"sv), "Hello") << "two blocks";
}

TEST(MessageInflate, ReadsWhatOthersMake) {
  const std::string text = "one message, flushed in several ways; one message, flushed in several ways";
  for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE, Z_FILTERED})
    for (std::size_t piece : {1u, 5u, 1000u}) {
      const std::string finished = raw_deflate(text, Z_FINISH, strategy), flushed = raw_deflate(text, Z_SYNC_FLUSH, strategy);
      EXPECT_EQ(inflated(finished, piece), text);
      EXPECT_EQ(inflated(finished + finished, piece), text + text) << "the stream ended in the middle";
      EXPECT_EQ(inflated(std::string_view(flushed).substr(0, flushed.size() - 4), piece), text);
      EXPECT_EQ(inflated(flushed, piece), text) << "with the mark left in";
    }
}

TEST(MessageInflate, RefusesWhatIsNoMessage) {
  const std::string packed = raw_deflate(std::string(300, 'x') + "yz", Z_SYNC_FLUSH);
  const std::size_t block = packed.size() - 5;  // behind it the empty one
  for (std::size_t cut = 1; cut < block; ++cut) EXPECT_EQ(inflated(packed.substr(0, cut)), "") << cut;
  EXPECT_EQ(inflated("\x07"), "") << "an unknown kind of block";
  EXPECT_EQ(inflated(packed.substr(0, packed.size() - 4) + "\xff"), "");
}

TEST(MessageInflate, StopsAtTheLimit) {
  const std::string bomb = raw_deflate(std::string(20'000'000, 'x'), Z_SYNC_FLUSH);
  MessageInflater inflater;
  std::string out;
  Result result = Result::good;
  std::size_t at = 0;
  for (; at < bomb.size() && result == Result::good; at += 100)
    result = inflater.feed(std::string_view(bomb).substr(at, 100), out, 50'000);
  EXPECT_EQ(result, Result::too_long);
  EXPECT_LT(out.size(), 50'000u + 20'000) << "no more is unfolded than one step beyond it";
  EXPECT_LT(at, 1000u);
}

TEST(MessageInflate, OfNothingIsNothing) {
  MessageInflater inflater;
  std::string out;
  EXPECT_EQ(inflater.finish(out, 10), Result::good);
  EXPECT_EQ(inflater.feed("", out, 10), Result::good);
  EXPECT_EQ(inflater.feed(std::string_view("\0", 1), out, 10), Result::good);
  EXPECT_EQ(inflater.finish(out, 10), Result::good);
  EXPECT_EQ(out, "");
}

}  // namespace
}  // namespace net::test
