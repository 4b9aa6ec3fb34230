#include "net/websocket_frames.h"

#include <gtest/gtest.h>

#include <vector>

#include "net/tests/kit.h"

namespace net::test {
namespace {

using Kind = FrameReader::Event::Kind;

// What a reader makes of bytes that come in pieces of a size: "text:…", "ping:…", "close:1000:…", "fault:1002".
std::vector<std::string> read_all(std::string bytes, std::size_t piece, FrameReader::Rules rules = {.max_bytes = 1000}) {
  FrameReader reader(rules);
  std::vector<std::string> out;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    std::span<char> input(bytes.data() + at, std::min(piece, bytes.size() - at));
    for (;;) {
      const FrameReader::Event event = reader.next(input);
      const std::string payload(event.payload);
      if (event.kind == Kind::more) break;
      if (event.kind == Kind::text) out.push_back("text:" + payload);
      if (event.kind == Kind::binary) out.push_back("binary:" + payload);
      if (event.kind == Kind::ping) out.push_back("ping:" + payload);
      if (event.kind == Kind::pong) out.push_back("pong:" + payload);
      if (event.kind == Kind::close) return out.push_back("close:" + std::to_string(event.code) + ":" + payload), out;
      if (event.kind == Kind::fault) return out.push_back("fault:" + std::to_string(event.code)), out;
    }
  }
  return out;
}

using Events = std::vector<std::string>;

void expect_events(const std::string& bytes, const Events& expected, FrameReader::Rules rules = {.max_bytes = 1000}) {
  for (std::size_t piece = 1; piece <= bytes.size(); piece += bytes.size() < 300 ? 1 : 97) {
    const Events found = read_all(bytes, piece, rules);
    ASSERT_EQ(found, expected) << "in pieces of " << piece;
  }
}

constexpr int text = 0x81, text_begins = 0x01, more_follows = 0x00, ends = 0x80, binary = 0x82, closes = 0x88, ping = 0x89,
              pong = 0x8a;

TEST(Frames, AreReadWhateverTheMaskAndWhereverTheInputIsCut) {
  expect_events(masked_frame(text, "Hello") + masked_frame(text, "") + masked_frame(text, std::string(126, 'a'), 0xff00ff01) +
                    masked_frame(text, "grüße", 0),
                {"text:Hello", "text:", "text:" + std::string(126, 'a'), "text:grüße"});
}

TEST(Frames, OfAllThreeLengthsAreReadAndWritten) {
  for (const std::size_t size : {0u, 1u, 125u, 126u, 127u, 65535u, 65536u, 100000u}) {
    const std::string payload(size, 'p');
    for (const std::size_t piece : {std::size_t{1000}, size + 20})
      ASSERT_EQ(read_all(masked_frame(text, payload), piece, {.max_bytes = 100000}), Events{"text:" + payload}) << size;
    std::string unmasked = masked_frame(text, payload, 0);
    const FrameHead made = frame_head(Opcode::text, size);
    const std::string_view head = made.view();
    unmasked[1] = static_cast<char>(unmasked[1] & 0x7f);
    EXPECT_EQ(head, unmasked.substr(0, head.size())) << size;
    EXPECT_EQ(head.size() + 4 + size, unmasked.size()) << size;
  }
}

TEST(Fragments, AreJoinedWithControlFramesBetweenThem) {
  expect_events(masked_frame(text_begins, "one ") + masked_frame(ping, "here?") + masked_frame(more_follows, "") +
                    masked_frame(pong, "") + masked_frame(more_follows, "two ") + masked_frame(ends, "three") +
                    masked_frame(text, "next"),
                {"ping:here?", "pong:", "text:one two three", "text:next"});
}

TEST(Fragments, OutOfOrderAreProtocolErrors) {
  expect_events(masked_frame(ends, "nothing to continue"), {"fault:1002"});
  expect_events(masked_frame(more_follows, "x"), {"fault:1002"});
  expect_events(masked_frame(text_begins, "a") + masked_frame(text, "b"), {"fault:1002"});
  expect_events(masked_frame(text_begins, "a") + masked_frame(ends, "b") + masked_frame(ends, "c"), {"text:ab", "fault:1002"});
}

TEST(Frames, AgainstTheProtocolAreRefused) {
  for (const int reserved : {0x40, 0x20, 0x10, 0x70}) expect_events(masked_frame(text | reserved, "x"), {"fault:1002"});
  for (int opcode = 0; opcode < 16; ++opcode)
    if ((opcode > 2 && opcode < 8) || opcode > 10) expect_events(masked_frame(0x80 | opcode, "x"), {"fault:1002"});
  expect_events(std::string("\x81\x05Hello", 7), {"fault:1002"});  // not masked
  for (const int control : {closes, ping, pong}) {
    expect_events(masked_frame(control & 0x7f, "x"), {"fault:1002"});
    expect_events(masked_frame(control, std::string(126, 'x')), {"fault:1002"});
  }
  expect_events(std::string("\x81\xfe\x00\x05mask", 8), {"fault:1002"});  // 5 in two bytes
  expect_events(std::string("\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff\x01\x02\x03\x04", 14),
                {"fault:1002"});  // 65,535 in eight
  expect_events(std::string("\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04", 14),
                {"fault:1002"});  // the highest bit
}

TEST(Messages, BeyondTheLimitAre1009BeforeTheyAreRead) {
  EXPECT_EQ(read_all(masked_frame(text, std::string(1000, 'x')), 64), Events{"text:" + std::string(1000, 'x')});
  EXPECT_EQ(read_all(masked_frame(text, std::string(1001, 'x')).substr(0, 8), 64), Events{"fault:1009"});
  EXPECT_EQ(
      read_all(masked_frame(text_begins, std::string(600, 'x')) + masked_frame(ends, std::string(401, 'x')).substr(0, 8), 64),
      Events{"fault:1009"});
}

TEST(Messages, OfBytesAre1003UnlessAccepted) {
  expect_events(masked_frame(binary, "\x01\x02"), {"fault:1003"});
  EXPECT_EQ(read_all(masked_frame(binary & 0x7f, "\xff") + masked_frame(ends, "\xfe"), 1, {.max_bytes = 1000, .binary = true}),
            Events{"binary:\xff\xfe"});
}

TEST(Messages, ThatAreNotUtf8Are1007AtTheFirstWrongByte) {
  expect_events(masked_frame(text, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80"), {"fault:1007"});
  expect_events(masked_frame(text, "cut \xe2\x82"), {"fault:1007"});
  EXPECT_EQ(read_all(masked_frame(text, "abc\xff" + std::string(500, 'x')).substr(0, 14), 1), Events{"fault:1007"})
      << "not at its end";
  expect_events(masked_frame(text_begins, "a \xe2\x82") + masked_frame(ping, "") + masked_frame(ends, "\xac"),
                {"ping:", "text:a €"});
  expect_events(masked_frame(text_begins, "\xe2") + masked_frame(ends, ""), {"fault:1007"});
  expect_events(masked_frame(text_begins, "\xe2") + masked_frame(ends, "a"), {"fault:1007"});
}

constexpr FrameReader::Rules deflating{.max_bytes = 1000, .binary = true, .deflate = true};
constexpr int compressed = 0x40;

std::string deflated(std::string_view message) {
  std::string out;
  EXPECT_TRUE(deflate_message(15, message, out));
  return out;
}

TEST(Compressed, MessagesAreReadWhereverTheyAreCut) {
  const std::string long_text(600, 'c'), packed = deflated(long_text);
  expect_events(masked_frame(text | compressed, packed) + masked_frame(text, "plain") +
                    masked_frame(binary | compressed, packed) + masked_frame(text_begins | compressed, packed.substr(0, 3)) +
                    masked_frame(ping, "") + masked_frame(more_follows, "") + masked_frame(ends, packed.substr(3)),
                {"text:" + long_text, "text:plain", "binary:" + long_text, "ping:", "text:" + long_text}, deflating);
}

TEST(Compressed, FramesAreProtocolErrorsWhereTheyMayNotStand) {
  const std::string packed = deflated(std::string(600, 'c'));
  expect_events(masked_frame(text | compressed, packed), {"fault:1002"});
  expect_events(masked_frame(text_begins | compressed, packed.substr(0, 3)) + masked_frame(ends | compressed, packed.substr(3)),
                {"fault:1002"}, deflating);
  expect_events(masked_frame(ping | compressed, ""), {"fault:1002"}, deflating);
  expect_events(masked_frame(closes | compressed, ""), {"fault:1002"}, deflating);
  for (const int reserved : {0x20, 0x10, 0x30, 0x60, 0x50})
    expect_events(masked_frame(text | reserved, packed), {"fault:1002"}, deflating);
}

TEST(Compressed, MessagesCountAsWhatTheyUnfoldTo) {
  expect_events(masked_frame(text | compressed, deflated(std::string(1000, 'x'))), {"text:" + std::string(1000, 'x')},
                deflating);
  expect_events(masked_frame(text | compressed, deflated(std::string(1001, 'x'))), {"fault:1009"}, deflating);
  const std::string bomb = deflated(std::string(50'000'000, 'x'));
  EXPECT_EQ(read_all(masked_frame(text | compressed, bomb), 4096, {.max_bytes = 100'000, .deflate = true}),
            Events{"fault:1009"});
}

TEST(Compressed, TextThatIsNotUtf8Is1007AtItsFirstWrongByte) {
  const std::string packed = deflated("fine until here \xff" + std::string(900, 'x'));
  expect_events(masked_frame(text | compressed, packed), {"fault:1007"}, deflating);
  expect_events(masked_frame(text | compressed, deflated(std::string(100, 'x') + "\xe2\x82")), {"fault:1007"}, deflating);
  expect_events(masked_frame(text | compressed, "\xff\xff\xff\xff"), {"fault:1007"}, deflating);
}

// Whatever comes: the cuts of the input change nothing, and nothing is read out of bounds (the sanitizers watch).
TEST(Frames, OfAnyBytesMeanTheSameWhereverTheInputIsCut) {
  std::uint32_t state = 7;
  const auto random = [&] { return (state = state * 1664525 + 1013904223) >> 8; };
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    for (int frame = 0; frame < 6; ++frame) {
      std::string payload;
      for (std::uint32_t i = random() % 40; i > 0; --i) payload += static_cast<char>(random() % 20 ? 'a' : random() & 0xff);
      const int opcodes[] = {0x81, 0x01, 0x00, 0x80, 0x89, 0x8a, 0x88, 0x82, 0xc1, 0x41};
      bytes += masked_frame(opcodes[random() % 10], payload, random() << 8);
    }
    if (random() % 3 == 0) bytes[random() % bytes.size()] = static_cast<char>(random() & 0xff);
    for (const FrameReader::Rules rules : {FrameReader::Rules{.max_bytes = 1000}, deflating}) {
      const Events whole = read_all(bytes, bytes.size(), rules);
      EXPECT_EQ(read_all(bytes, 1, rules), whole);
      EXPECT_EQ(read_all(bytes, 1 + random() % 50, rules), whole);
    }
  }
}

TEST(CloseFrames, GiveCodeAndReason) {
  const auto body = [](int code, std::string_view reason) {
    return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} + std::string(reason);
  };
  expect_events(masked_frame(closes, ""), {"close:1005:"});
  expect_events(masked_frame(closes, "x"), {"fault:1002"});
  expect_events(masked_frame(text_begins, "unfinished") + masked_frame(closes, body(1001, "going")), {"close:1001:going"});
  expect_events(masked_frame(closes, body(1000, "\xff")), {"fault:1007"});
  expect_events(masked_frame(closes, body(1000, "\xe2\x82")), {"fault:1007"});
  for (const int good : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999})
    expect_events(masked_frame(closes, body(good, "")), {"close:" + std::to_string(good) + ":"});
  for (const int bad : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
    expect_events(masked_frame(closes, body(bad, "")), {"fault:1002"});
}

TEST(CloseFrames, CutTheReasonBetweenCharacters) {
  const std::string frame = close_frame(4000, std::string(122, 'r') + "€");
  EXPECT_EQ(frame.size(), 2u + 2 + 122);
  EXPECT_EQ(static_cast<unsigned char>(frame[1]), 124);
  EXPECT_EQ(close_frame(0, "").size(), 2u);
}

TEST(Utf8, AcceptsExactlyTheEncodedScalarValues) {
  const auto valid = [](std::string_view bytes) {
    Utf8Validator validator;
    return validator.feed(bytes) && validator.complete();
  };
  for (std::uint32_t point = 0; point < 0x110000; point += point < 0x900 ? 1 : 61) {
    std::string bytes;
    if (point < 0x80)
      bytes = {static_cast<char>(point)};
    else if (point < 0x800)
      bytes = {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 63))};
    else if (point < 0x10000)
      bytes = {static_cast<char>(0xe0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 63)),
               static_cast<char>(0x80 | (point & 63))};
    else
      bytes = {static_cast<char>(0xf0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 63)),
               static_cast<char>(0x80 | (point >> 6 & 63)), static_cast<char>(0x80 | (point & 63))};
    EXPECT_EQ(valid(bytes), point < 0xd800 || point > 0xdfff) << point;
    EXPECT_EQ(valid("eight by" + bytes + "tes of ascii"), point < 0xd800 || point > 0xdfff) << point;
  }
  for (const char* bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
                          "\xf5\x80\x80\x80", "\xfe", "\xff", "\xc3\x28", "\xe2\x28\xa1", "\xf0\x9f\x98"})
    EXPECT_FALSE(valid(bad)) << bad;
}

}  // namespace
}  // namespace net::test
