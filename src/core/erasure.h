#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/module.h"

// A person's right to be forgotten, without breaking books or chain (KERNEL §1). The personal part of every entry of the
// person's subjects is emptied, the marked columns of their rows, stored answers and jobs; amounts, numbers and hashes stay.
namespace core {

class Daybook;

struct Erase {
  std::optional<base::Text<1, 80>> order;
  std::optional<base::Text<1, 40>> phone;
  std::optional<base::Text<1, 320>> email;
  base::Text<1, 500> reason;
};
RECORD(Erase, order, phone, email, reason)
struct Erased {
  std::int64_t subjects = 0, events = 0, rows = 0, answers = 0, jobs = 0;
};
RECORD(Erased, subjects, events, rows, answers, jobs)

inline constexpr base::ProblemKind erase_again{
    "privacy.again", 503,
    "The data is erased, but old copies of it are still in the files: long reads hold them. Repeat the request."};
inline constexpr base::ProblemKind erase_whom{"privacy.whom", 422, "Say whose data: exactly one of order, phone, email."};

Result<Erased> erase(Daybook&, const std::shared_ptr<Tenant>&, const Actor&, const Erase&);
// Applies erasures that the list beside the database knows and the database does not: after a restore, after a crash.
void repeat_erasures(Daybook&);

// The list that outlives a restore: DIR/erasures, a line "tenant-id subject" each, synced; on PostgreSQL the table
// core_erasure.
struct ErasureEntry {
  std::string tenant_id, subject;
};
std::vector<ErasureEntry> read_erasures(const std::filesystem::path& file);
void append_erasures(const std::filesystem::path& file, const std::vector<ErasureEntry>&);

}  // namespace core
