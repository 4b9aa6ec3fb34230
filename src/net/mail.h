#pragma once
#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

// Mail to people, handed to one server over SMTP (RFC 5321, submission RFC 6409). On libcurl.
namespace net {

// One letter to one person. All UTF-8.
struct Mail {
  std::string from;  // "orders@shop.example" or "Corner Shop <orders@shop.example>"
  std::string to;    // the same
  std::string subject;
  std::string text;
  std::string html = {};   // the same letter for who sees HTML; empty: none
  std::string message_id;  // "ord_01j…@shop.example", without brackets; the same for each try of one letter
  std::chrono::sys_seconds date;
};

struct MailResult {
  enum class Outcome : std::uint8_t {
    accepted,  // the server has taken it over
    refused,   // it never will: 5xx for this letter, or one that cannot be sent (a line break in a header)
    later,     // 4xx, nobody there, no TLS, a wrong password: what another try may mend. The letter may have arrived all the
               // same where the connection broke behind its last line, so give the next try the same message_id
  };
  Outcome outcome = Outcome::later;
  std::string reply;  // the server's own words, such as "250 2.0.0 queued", or what is wrong; no secret is in it
};

struct MailOptions {
  std::string url;             // smtp://user:password@host:587 (STARTTLS) or smtps://…:465; percent-encoded
  bool insecure = false;       // TLS is neither demanded nor verified; so for a loopback address anyway
  std::string authority = {};  // PEM: who vouches for the server; empty: whom the system trusts
  std::chrono::milliseconds connect_time{10'000};
  std::chrono::milliseconds whole_time{60'000};
};

// What is wrong with the URL of a mail server or with a sender, without repeating it; "" when nothing is.
std::string wrong_with_mail_url(const std::string& url);
std::string wrong_with_mail_address(const std::string& address);

// "Corner Shop <orders@shop.example>" -> name and address; none when it is neither form. An address is ASCII (RFC 5321 without
// SMTPUTF8 and quoted local parts).
struct MailAddress {
  std::string name, address;
  std::string_view domain() const { return std::string_view(address).substr(address.rfind('@') + 1); }
};
std::optional<MailAddress> parse_mail_address(std::string_view text);

// The header lines of a letter, without line ends, as RFC 5322 wants them; longer ones are folded inside. What is not plain
// ASCII becomes encoded-words (RFC 2047). None where a value holds a control character: a line break would begin another
// header.
std::optional<std::vector<std::string>> mail_headers(const Mail& mail);

// Sends letters, each over a connection of its own. Blocks for as long as it takes, so not on a server's threads. From any
// thread.
class MailSender {
 public:
  explicit MailSender(MailOptions options);  // throws std::runtime_error where the URL is wrong
  MailResult send(const Mail& mail) const;
  void stop() { stopping_ = true; }  // what is under way ends within a second as `later`

 private:
  MailOptions options_;
  std::string server_, user_, password_;  // of the URL, taken apart
  bool relaxed_ = false;
  std::atomic<bool> stopping_ = false;
};

}  // namespace net
