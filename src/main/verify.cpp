#include <iostream>

#include "core/verify.h"
#include "main/commands.h"
#include "main/failure.h"
#include "main/files.h"
#include "main/modules.h"
#include "main/offline.h"

namespace program {

namespace {

// One head, a list of them, or the whole answer of GET /audit/heads.
std::vector<core::SignedHead> read_heads(const std::string& file) {
  const auto text = read_file(file);
  const auto data = reflect::member(text, "data");
  const auto first = text.find_first_not_of(" \t\r\n");
  const std::string list = !data.empty() ? data : first != text.npos && text[first] == '[' ? text : '[' + text + ']';
  auto heads = reflect::from_json<std::vector<core::SignedHead>>(list, reflect::Read::stored);
  if (!heads || heads->empty() || heads->front().signature.empty())
    throw Failure(file + " holds no signed head: it is the answer of GET /api/v1/audit/heads, or one element of its data");
  return *heads;
}

}  // namespace

int verify(const Configuration& configuration, const std::string& head_file) {
  const auto kept = head_file.empty() ? std::vector<core::SignedHead>() : read_heads(head_file);
  const auto database = open_beside(configuration);
  const core::Registry registry(modules());
  const auto connection = database->connect(db::Access::read);
  if (const auto pending = db::pending(*connection, registry.migrations()); !pending.empty())
    throw Failure("the database misses the migration " + pending.front() +
                  ": start this version's `daybook serve` once, then verify");
  const auto verdict = core::verify(*connection, registry, kept);
  std::cout << verdict.tenants << " businesses, " << verdict.entries << " entries of the log, " << verdict.erased
            << " of them erased in part, " << verdict.invariants << " invariants, " << verdict.heads << " of " << kept.size()
            << " kept heads found\n";
  if (!verdict.whole) {
    std::cout << "BROKEN: " << verdict.broken << '\n';
    return static_cast<int>(Exit::failed);
  }
  if (static_cast<std::size_t>(verdict.heads) < kept.size()) {
    std::cout << "BROKEN: a kept head belongs to none of these businesses\n";
    return static_cast<int>(Exit::failed);
  }
  std::cout << "all of it holds\n";
  return 0;
}

}  // namespace program
