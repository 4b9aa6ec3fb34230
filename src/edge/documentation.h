#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"

namespace edge {

// What is the same for everybody and needs no token: the documentation and its document, each with a strong ETag.
class Documentation {
 public:
  // `openapi`: the text of /api/v1/openapi.json.
  explicit Documentation(std::string openapi);
  bool has(std::string_view path) const { return pages_.contains(path); }
  net::Response get(const net::Request&) const;  // of a path that it has; 304 where If-None-Match names it
  const std::string& openapi() const;

 private:
  struct Page {
    std::string type, etag;
    std::shared_ptr<const std::string> bytes;
  };
  void add(std::string path, std::string type, std::shared_ptr<const std::string> bytes);
  std::map<std::string, Page, std::less<>> pages_;
};

}  // namespace edge
