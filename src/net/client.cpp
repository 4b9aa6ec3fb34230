#include "net/client.h"

#include <curl/curl.h>

#include <memory>
#include <mutex>
#include <stdexcept>

#include "net/ascii.h"

namespace net {
namespace {

std::size_t take_body(char* data, std::size_t one, std::size_t count, void* to) {
  static_cast<Response*>(to)->body.append(data, one * count);
  return one * count;
}

std::size_t take_header(char* data, std::size_t one, std::size_t count, void* to) {
  Headers& headers = static_cast<Response*>(to)->headers;
  std::string_view line(data, one * count);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) headers.clear();  // those of an interim answer (100) are not the answer's
  const std::size_t colon = line.find(':');
  if (colon != std::string_view::npos) headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  return one * count;
}

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (!longer) throw std::bad_alloc();
  (void)list.release();
  list.reset(longer);
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions given) : options(std::move(given)) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    curl.reset(curl_easy_init());
    if (!curl) throw std::runtime_error("libcurl cannot be set up");
    if (options.base.empty()) options.base = "http://localhost";
    if (options.base.ends_with('/')) options.base.pop_back();
  }

  // Everything but the connection is set anew for each call; the handle keeps the connection.
  void prepare(std::string_view method, const std::string& url, std::string_view body, curl_slist* headers,
               Response& response) {
    CURL* handle = curl.get();
    curl_easy_reset(handle);
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    if (!options.unix_socket.empty()) curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, options.unix_socket.c_str());
    if (!options.authority.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, options.authority.c_str());
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");  // never send the machine's own secrets through a proxy of the environment
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &response);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &response);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
    if (method == "HEAD") {
      curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    } else if (!body.empty() || method == "POST" || method == "PUT" || method == "PATCH") {
      curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
      curl_easy_setopt(handle, CURLOPT_POSTFIELDS, body.empty() ? "" : body.data());
    }
    name = method;
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, name.c_str());
  }

  struct Cleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
  };
  ClientOptions options;
  std::unique_ptr<CURL, Cleanup> curl;
  std::string name;
  char error[CURL_ERROR_SIZE] = "";
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Client::~Client() = default;

Response Client::call(std::string_view method, std::string_view path_and_query, const Headers& headers, std::string_view body) {
  List list;
  append(list, "Expect:");  // no extra round trip before a body
  bool typed = false;
  for (const auto& [name, value] : headers) {
    append(list, value.empty() ? name + ";" : name + ": " + value);
    typed = typed || same_ignoring_case(name, "content-type");
  }
  if (!typed) append(list, body.empty() ? "Content-Type:" : "Content-Type: application/json");
  const std::string url = impl_->options.base + std::string(path_and_query);
  Response response;
  impl_->error[0] = '\0';
  impl_->prepare(method, url, body, list.get(), response);
  const CURLcode code = curl_easy_perform(impl_->curl.get());
  if (code != CURLE_OK) {
    const std::string where = impl_->options.unix_socket.empty() ? impl_->options.base : impl_->options.unix_socket;
    throw std::runtime_error("no answer from " + where + ": " + (impl_->error[0] ? impl_->error : curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(impl_->curl.get(), CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  return response;
}

}  // namespace net
