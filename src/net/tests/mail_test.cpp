#include "net/mail.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/tests/kit.h"

namespace net::test {
namespace {

constexpr std::string_view emoji = "\xF0\x9F\x8D\x95";

Mail letter() {
  return {.from = "Corner Shop <orders@shop.example>",
          .to = "ada@example.org",
          .subject = "Your order",
          .text = "Thank you.\n",
          .message_id = "ord_1@shop.example",
          .date = std::chrono::sys_days(std::chrono::year(2026) / 11 / 7) + std::chrono::seconds(9 * 3600 + 5)};
}

std::string header(const Mail& mail, std::string_view name) {
  const auto lines = mail_headers(mail);
  if (!lines) return "none";
  for (const auto& line : *lines)
    if (line.starts_with(std::string(name) + ": ")) return line.substr(name.size() + 2);
  return "missing";
}

TEST(MailHeaders, AreThoseOfTheStandard) {
  EXPECT_EQ(header(letter(), "Date"), "Sat, 07 Nov 2026 09:00:05 +0000");
  EXPECT_EQ(header(letter(), "From"), "Corner Shop <orders@shop.example>");
  EXPECT_EQ(header(letter(), "To"), "ada@example.org");
  EXPECT_EQ(header(letter(), "Subject"), "Your order");
  EXPECT_EQ(header(letter(), "Message-ID"), "<ord_1@shop.example>");
}

TEST(MailHeaders, EncodeWhatIsNotPlain) {
  Mail mail = letter();
  mail.subject = "Grüße";
  mail.from = "Café, Zürich <a@b.example>";
  EXPECT_EQ(header(mail, "Subject"), "=?UTF-8?B?R3LDvMOfZQ==?=");
  EXPECT_EQ(header(mail, "From"), "=?UTF-8?B?Q2Fmw6ksIFrDvHJpY2g=?= <a@b.example>");
  mail.subject = "=?UTF-8?B?aGk=?=";
  EXPECT_EQ(header(mail, "Subject"), "=?UTF-8?B?PT9VVEYtOD9CP2FHaz0/PQ==?=") << "it was meant literally";
  mail.from = "Shop \"x\" <a@b.example>";
  EXPECT_TRUE(header(mail, "From").starts_with("=?UTF-8?B?"));
}

TEST(MailHeaders, FoldLongOnesBetweenWholeCharacters) {
  Mail mail = letter();
  mail.subject.clear();
  for (int i = 0; i < 400; ++i) mail.subject += emoji;
  std::string text = header(mail, "Subject");
  std::size_t lines = 0;
  for (std::size_t at = 0; at != std::string::npos; ++lines) {
    const auto end = text.find("\r\n ", at);
    const std::string word = text.substr(at, end == std::string::npos ? end : end - at);
    EXPECT_LE(std::string_view("Subject: ").size() + word.size(), 76u);
    EXPECT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?="));
    at = end == std::string::npos ? end : end + 3;
  }
  EXPECT_GE(lines, 39u);
}

TEST(MailHeaders, RefuseWhatWouldBeginAnotherOne) {
  for (const std::string& bad :
       {std::string("a\r\nBcc: x@y.example"), std::string("a\nb"), std::string("a\rb"), std::string("a\0b", 3)}) {
    Mail mail = letter();
    mail.subject = bad;
    EXPECT_FALSE(mail_headers(mail));
    mail = letter();
    mail.to = bad + "@example.org";
    EXPECT_FALSE(mail_headers(mail));
    mail = letter();
    mail.from = bad + " <a@b.example>";
    EXPECT_FALSE(mail_headers(mail));
    mail = letter();
    mail.message_id = bad + "@shop.example";
    EXPECT_FALSE(mail_headers(mail));
  }
}

TEST(MailAddress, IsReadInBothForms) {
  const auto named = parse_mail_address("\"Ada L.\" <ada@example.org>");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->name, "Ada L.");
  EXPECT_EQ(named->address, "ada@example.org");
  EXPECT_EQ(named->domain(), "example.org");
  for (const char* good : {"a@b.example", "a.b+c@d-e.example", "O'Neil <o'neil@x.example>", "<a@b.example>"})
    EXPECT_TRUE(parse_mail_address(good)) << good;
  for (const char* bad : {"", "a", "@b", "a@", "a b@c.example", "a@b..c", ".a@b.example", "a..b@c.example", "a@b.example>",
                          "<a@b.example", "a@b.example, c@d.example", "a@b.example\r\nRCPT TO:<c@d.example>", "ä@b.example",
                          "a@ä.example", "a@b.example> SIZE=1 <c@d.example", "a@-b.example"})
    EXPECT_FALSE(parse_mail_address(bad)) << bad;
}

TEST(MailUrl, IsCheckedWithoutBeingRepeated) {
  for (const char* good :
       {"smtp://mail.example", "smtp://u:p@mail.example:587", "smtps://u%40x:p%2F@mail.example:465", "smtp://[::1]:25"})
    EXPECT_EQ(wrong_with_mail_url(good), "") << good;
  for (const char* bad :
       {"", "mail.example:25", "http://mail.example", "smtp://", "smtp://secret@mail.example", "smtp://:secret@mail.example",
        "smtp://u:secret@mail.example/path", "smtp://u:sec/ret@mail.example", "smtp://mail.example?x=1"}) {
    const auto wrong = wrong_with_mail_url(bad);
    EXPECT_NE(wrong, "") << bad;
    EXPECT_FALSE(wrong.contains("secret"));
  }
}

TEST(MailSender, SaysLaterWhereNobodyListensAndWhenStopped) {
  MailSender nobody({.url = "smtp://u:secret@127.0.0.1:1"});
  const auto result = nobody.send(letter());
  EXPECT_EQ(result.outcome, MailResult::Outcome::later);
  EXPECT_FALSE(result.reply.empty());
  EXPECT_FALSE(result.reply.contains("secret"));
  const Running mute;  // a server that says nothing: HTTP waits for the other side
  MailSender sender({.url = "smtp://127.0.0.1:" + std::to_string(mute.server.port())});
  std::jthread stopper([&] {
    std::this_thread::sleep_for(200ms);
    sender.stop();
  });
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(sender.send(letter()).outcome, MailResult::Outcome::later);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(MailSender, KeepsToItsTime) {
  const Running mute;
  const MailSender sender({.url = "smtp://127.0.0.1:" + std::to_string(mute.server.port()), .whole_time = 300ms});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(sender.send(letter()).outcome, MailResult::Outcome::later);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 290ms);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
}

}  // namespace
}  // namespace net::test
