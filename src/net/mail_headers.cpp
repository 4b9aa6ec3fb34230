// The texts of a letter's headers: pure functions.
#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

#include "net/mail.h"

namespace net {
namespace {

constexpr std::size_t plain_line = 76;     // RFC 2047 §2 for lines with encoded-words; a good length for all
constexpr std::size_t encoded_bytes = 39;  // of text in one encoded-word: 12 + 52 characters, so "Subject: " fits beside it

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }
bool control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool printable(char c) { return !control(c) && static_cast<unsigned char>(c) < 0x80; }

// RFC 5321 §4.1.2: a dot-string.
bool is_local_part(std::string_view text) {
  if (text.empty() || text.size() > 64 || text.front() == '.' || text.back() == '.' || text.contains("..")) return false;
  return std::ranges::all_of(text, [](char c) { return letter(c) || std::string_view(".!#$%&'*+-/=?^_`{|}~").contains(c); });
}

bool is_domain(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.contains("..")) return false;
  if (text.front() == '.' || text.back() == '.' || text.front() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return letter(c) || c == '.' || c == '-'; });
}

bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  return at != text.npos && is_local_part(text.substr(0, at)) && is_domain(text.substr(at + 1));
}

std::string base64(std::string_view bytes) {
  constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j) out += i + j > bytes.size() ? '=' : digits[group >> (18 - 6 * j) & 63];
  }
  return out;
}

// Whole characters in each, as §5 (3) demands, with folds between them.
std::string encoded_words(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    std::size_t count = std::min(encoded_bytes, text.size());
    while (count < text.size() && count > 0 && (static_cast<unsigned char>(text[count]) & 0xc0) == 0x80) --count;
    if (count == 0) count = std::min(encoded_bytes, text.size());  // it was no UTF-8
    out.append(out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?").append(base64(text.substr(0, count))).append("?=");
    text.remove_prefix(count);
  }
  return out;
}

std::string unstructured(std::string_view text) {
  const bool plain = std::ranges::all_of(text, printable) && text.size() <= plain_line - 10 && !text.contains("=?");
  return plain ? std::string(text) : encoded_words(text);
}

std::string mailbox(const MailAddress& of) {
  if (of.name.empty()) return of.address;
  const bool atoms = std::ranges::all_of(of.name, [](char c) { return letter(c) || c == ' ' || c == '-' || c == '\''; });
  const bool plain = atoms && of.name.size() <= 50;
  const bool long_one = of.name.size() + of.address.size() > plain_line - 12;
  return (plain ? of.name : encoded_words(of.name)) + (long_one ? "\r\n <" : " <") + of.address + '>';
}

std::string date_text(std::chrono::sys_seconds date) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = date.time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d +0000", days[static_cast<std::size_t>(parts.tm_wday)],
                parts.tm_mday, months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour,
                parts.tm_min, parts.tm_sec);
  return text;
}

}  // namespace

std::optional<MailAddress> parse_mail_address(std::string_view text) {
  const auto open = text.rfind('<');
  if (open == text.npos) return is_address(text) ? std::optional(MailAddress{{}, std::string(text)}) : std::nullopt;
  if (!text.ends_with('>')) return std::nullopt;
  const auto address = text.substr(open + 1, text.size() - open - 2);
  auto name = text.substr(0, open);
  while (name.ends_with(' ')) name.remove_suffix(1);
  while (name.starts_with(' ')) name.remove_prefix(1);
  if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
  if (!is_address(address) || std::ranges::any_of(name, control)) return std::nullopt;
  return MailAddress{std::string(name), std::string(address)};
}

std::string wrong_with_mail_address(const std::string& address) {
  return parse_mail_address(address) ? "" : "an address such as orders@shop.example or Corner Shop <orders@shop.example>";
}

std::optional<std::vector<std::string>> mail_headers(const Mail& mail) {
  const auto from = parse_mail_address(mail.from), to = parse_mail_address(mail.to);
  if (!from || !to || std::ranges::any_of(mail.subject, control) || !is_address(mail.message_id)) return std::nullopt;
  return std::vector<std::string>{"Date: " + date_text(mail.date),
                                  "From: " + mailbox(*from),
                                  "To: " + mailbox(*to),
                                  "Subject: " + unstructured(mail.subject),
                                  "Message-ID: <" + mail.message_id + '>',
                                  "Auto-Submitted: auto-generated"};
}

}  // namespace net
