#include "edge/stranger.h"

#include <algorithm>

#include "base/address.h"

namespace edge {

namespace {

constexpr std::int64_t most_failures = 100;         // at once
constexpr std::chrono::seconds forgotten_every{3};  // one of them
constexpr std::size_t most_addresses = 50'000;
constexpr std::chrono::hours cookie_time{24 * 30};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// "https://shop.example:8443" -> "shop.example:8443"
std::string_view authority_of(std::string_view origin) {
  const auto start = origin.find("://");
  return start == origin.npos ? std::string_view() : origin.substr(start + 3);
}

std::string_view cookie_of(const net::Request& request) {
  std::string_view rest = request.header("cookie");
  while (!rest.empty()) {
    const auto end = std::min(rest.find(';'), rest.size());
    auto pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(cookie_name) && pair.substr(cookie_name.size()).starts_with('='))
      return pair.substr(cookie_name.size() + 1);
  }
  return {};
}

// A browser says where a request comes from, and no page can make it lie. One of the two must be there, and neither may tell
// of another place.
bool of_our_page(const net::Request& request) {
  const auto origin = request.header("origin"), site = request.header("sec-fetch-site");
  if (origin.empty() && site.empty()) return false;
  if (!site.empty() && site != "same-origin") return false;
  return origin.empty() || lower(authority_of(origin)) == lower(request.header("host"));
}

// Browsers take a Secure cookie over TLS, and on the machine itself. Behind a proxy that does TLS, Origin tells.
bool secure(const net::Request& request) {
  if (request.secure || request.header("origin").starts_with("https://")) return true;
  const auto host = lower(request.header("host"));
  return std::ranges::any_of(std::initializer_list<std::string_view>{"localhost", "127.0.0.1", "[::1]"},
                             [&](auto local) { return host == local || host.starts_with(std::string(local) + ':'); });
}

bool wants_cookie(const Exchange& x) {
  const auto* field = x.input ? x.input.type().field("cookie") : nullptr;
  return field && *static_cast<const bool*>(field->at(const_cast<void*>(x.input.data())));
}

std::string set_cookie(const net::Request& request, std::string_view value, std::chrono::seconds lives) {
  std::string text(cookie_name);
  text.append("=").append(value).append("; Path=").append(cookie_path);
  text.append("; Max-Age=").append(std::to_string(lives.count())).append("; HttpOnly; SameSite=Strict");
  return secure(request) ? text + "; Secure" : text;
}

// The object without one of its members.
std::string without(const reflect::Type& type, std::string_view object, std::string_view member) {
  std::string names;
  for (auto& field : type.fields)
    if (field.name != member) names.append(names.empty() ? "" : ",").append(field.name);
  return reflect::only(object, names);
}

}  // namespace

std::string_view business_named_by(std::string_view credential) {
  const auto rest = credential.substr(credential.find('_') + 1);  // npos + 1: all of it
  return rest.substr(0, rest.find('.'));
}

base::Result<> take_cookie(Exchange& x) {
  const auto member = x.route().operation->cookie;
  if (member.empty()) return {};
  x.cookie = wants_cookie(x);
  const auto* field = x.input.type().field(member);
  if (const auto kept = cookie_of(x.request); field && !kept.empty() && kept.size() <= 512) {
    const auto& type = field->type();
    void* place = field->at(x.input.data());
    if (type.size(place) == 0) {
      type.resize(place, 1);
      *static_cast<std::string*>(type.at(place, 0)) = kept;
      x.cookie = true;
    }
  }
  if (x.cookie && !of_our_page(x.request)) return foreign_page();
  return {};
}

void give_cookie(const Exchange& x, net::Response& response) {
  if (!x.cookie) return;
  const auto member = x.route().operation->cookie;
  const auto token = response.status < 300 ? reflect::member(response.body, member) : std::string();
  if (token.empty() && response.status >= 300 && response.status != 401) return;
  response.headers.emplace_back("Set-Cookie", token.empty() ? set_cookie(x.request, "", std::chrono::seconds(0))
                                                            : set_cookie(x.request, token, cookie_time));
  if (!token.empty()) response.body = without(*x.route().output, response.body, member);
}

// ---- failures ----------------------------------------------------------------------------------------------------------

void Failures::drain(Bucket& bucket, Clock::time_point now) {
  const auto forgotten = (now - bucket.since) / forgotten_every;
  bucket.failures = std::max<std::int64_t>(0, bucket.failures - forgotten);
  bucket.since = bucket.failures == 0 ? now : bucket.since + forgotten * forgotten_every;
}

base::Result<> Failures::admit(const std::string& peer, Clock::time_point now) {
  std::scoped_lock lock(mutex_);
  const auto found = buckets_.find(base::network_of(peer));
  if (found == buckets_.end()) return {};
  drain(found->second, now);
  if (found->second.failures >= most_failures)
    return std::unexpected(too_many.problem().with("retry_after", std::int64_t{forgotten_every.count()}));
  if (found->second.failures == 0) buckets_.erase(found);
  return {};
}
void Failures::failed(const std::string& peer, Clock::time_point now) {
  std::scoped_lock lock(mutex_);
  if (buckets_.size() >= most_addresses) {  // an attacker with so many: those who have failed least are let go
    for (auto& [address, bucket] : buckets_) drain(bucket, now);
    std::erase_if(buckets_, [](auto& of) { return of.second.failures <= 1; });
    if (buckets_.size() >= most_addresses) buckets_.clear();
  }
  auto [at, fresh] = buckets_.try_emplace(base::network_of(peer), Bucket{0, now});
  drain(at->second, now);
  ++at->second.failures;
}

}  // namespace edge
