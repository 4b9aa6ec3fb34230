#include "net/mail.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>

#include "net/ascii.h"

namespace net {
namespace {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* one) const {
    free_function(one);
  }
};
using Easy = std::unique_ptr<CURL, Free<curl_easy_cleanup>>;
using Url = std::unique_ptr<CURLU, Free<curl_url_cleanup>>;
using List = std::unique_ptr<curl_slist, Free<curl_slist_free_all>>;
using Mime = std::unique_ptr<curl_mime, Free<curl_mime_free>>;

constexpr std::size_t most_reply = 500;

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

std::string part_of(CURLU* url, CURLUPart part, unsigned int how = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, how) != CURLUE_OK || !text) return {};
  const std::unique_ptr<char, Free<curl_free>> owned(text);
  return text;
}

Url taken_apart(const std::string& text) {
  Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return nullptr;
  return url;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]";
}

// What the server has said last. A reply may be of several lines: "250-…", then "250 …".
struct Reply {
  std::string text;
  bool whole = true;
};

std::size_t take_line(char* data, std::size_t one, std::size_t count, void* to) {
  Reply& reply = *static_cast<Reply*>(to);
  std::string_view line(data, one * count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("221") && !reply.text.empty()) return one * count;  // of our QUIT, behind a refusal
  if (reply.whole) reply.text.clear();
  reply.whole = line.size() < 4 || line[3] != '-';
  if (!reply.text.empty()) reply.text += ' ';
  for (const char c : line.substr(0, most_reply - std::min(most_reply, reply.text.size())))
    reply.text += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return one * count;
}

int ask_to_stop(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(stopping) ? 1 : 0;
}

// Line ends as mail has them; quoted-printable would print a lone one as =0A.
std::string with_line_ends(const std::string& text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' || text[i] == '\r')
      out += "\r\n";
    else
      out += text[i];
  }
  return out;
}

void must(CURLcode code) {
  if (code != CURLE_OK) throw std::bad_alloc();  // nothing else fails where a letter is put together
}

void add_part(curl_mime* mime, const std::string& text, const char* type) {
  curl_mimepart* part = curl_mime_addpart(mime);
  if (!part) throw std::bad_alloc();
  const std::string body = with_line_ends(text);
  must(curl_mime_data(part, body.data(), body.size()));
  must(curl_mime_type(part, type));
  must(curl_mime_encoder(part, "quoted-printable"));
}

// multipart/alternative (RFC 2046 §5.1.4): the plainest first.
Mime body_of(CURL* handle, const Mail& mail) {
  Mime mime(curl_mime_init(handle));
  if (!mime) throw std::bad_alloc();
  add_part(mime.get(), mail.text, "text/plain; charset=utf-8");
  if (!mail.html.empty()) add_part(mime.get(), mail.html, "text/html; charset=utf-8");
  return mime;
}

// Was it this letter that the server refused, and not us, our password or our connection?
MailResult judged(CURL* handle, CURLcode code, const Reply& reply, const char* error) {
  if (code == CURLE_OK) return {MailResult::Outcome::accepted, reply.text};
  long status = 0;
  curl_off_t sent = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(handle, CURLINFO_SIZE_UPLOAD_T, &sent);
  const bool of_letter =
      code == CURLE_SEND_ERROR || ((code == CURLE_WEIRD_SERVER_REPLY || code == CURLE_RECV_ERROR) && sent > 0);
  if (of_letter && status >= 400)
    return {status >= 500 ? MailResult::Outcome::refused : MailResult::Outcome::later, reply.text};
  std::string why = *error ? error : curl_easy_strerror(code);
  if (status >= 400) why += " (" + reply.text + ')';
  return {MailResult::Outcome::later, why};
}

}  // namespace

std::string wrong_with_mail_url(const std::string& text) {
  const Url url = text.starts_with("smtp://") || text.starts_with("smtps://") ? taken_apart(text) : nullptr;
  const bool good = url && !part_of(url.get(), CURLUPART_HOST).empty() && part_of(url.get(), CURLUPART_PATH) == "/" &&
                    part_of(url.get(), CURLUPART_QUERY).empty();
  const bool user = good && !part_of(url.get(), CURLUPART_USER).empty();
  if (good && user == !part_of(url.get(), CURLUPART_PASSWORD).empty()) return {};
  return "smtp://user:password@host:587 or smtps://user:password@host:465, with %40 for an @ in the user or password, and both "
         "or neither of them";
}

MailSender::MailSender(MailOptions options) : options_(std::move(options)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  if (const auto wrong = wrong_with_mail_url(options_.url); !wrong.empty())
    throw std::runtime_error("the address of the mail server must be " + wrong);
  const Url url = taken_apart(options_.url);
  user_ = part_of(url.get(), CURLUPART_USER, CURLU_URLDECODE);
  password_ = part_of(url.get(), CURLUPART_PASSWORD, CURLU_URLDECODE);
  curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
  server_ = part_of(url.get(), CURLUPART_URL);
  relaxed_ = options_.insecure || is_loopback(part_of(url.get(), CURLUPART_HOST));
}

MailResult MailSender::send(const Mail& mail) const {
  const auto lines = mail_headers(mail);
  if (!lines) return {MailResult::Outcome::refused, "an address is wrong, or a header holds a line break"};
  const auto from = *parse_mail_address(mail.from), to = *parse_mail_address(mail.to);
  const Easy handle(curl_easy_init());
  if (!handle) throw std::bad_alloc();
  CURL* const curl = handle.get();
  List headers, recipients;
  for (const auto& line : *lines) append(headers, line);
  append(headers, "Content-Type: multipart/alternative");
  append(recipients, '<' + to.address + '>');
  const Mime body = body_of(curl, mail);
  const std::string url = server_ + std::string(from.domain());  // the path is how we greet: EHLO shop.example
  const std::string sender = '<' + from.address + '>';
  Reply reply;
  char error[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_time.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.whole_time.count()));
  curl_easy_setopt(curl, CURLOPT_USE_SSL, static_cast<long>(relaxed_ ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, relaxed_ ? 0L : 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, relaxed_ ? 0L : 2L);
  if (!options_.authority.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options_.authority.c_str());
  if (!user_.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, user_.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, password_.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_MIMEPOST, body.get());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_line);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_line);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, ask_to_stop);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stopping_);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
  const CURLcode code = curl_easy_perform(curl);
  return judged(curl, code, reply, error);
}

}  // namespace net
