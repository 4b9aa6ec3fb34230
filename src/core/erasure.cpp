#include "core/erasure.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "base/log.h"
#include "core/daybook.h"

namespace core {

RECORD_TYPE(Erase, "Whose personal data to erase: exactly one of order, phone, email.",
            {"order", "An order's id: the data of its customer."},
            {"phone", "A phone number, as it was entered; white space, dots, hyphens and brackets do not count."},
            {"email", "A mail address; case does not count."}, {"reason", "Why, for the record; no personal data here."})
RECORD_TYPE(Erased, "How much was emptied.", {"subjects", "Orders and other things that held the data."},
            {"events", "Entries of the log."}, {"rows", "Rows of tables."}, {"answers", "Stored answers."}, {"jobs", "Jobs."})

namespace {

constexpr std::int64_t scan_chunk = 1000;
constexpr std::size_t subjects_a_unit = 25;
constexpr std::chrono::seconds longest_hold{10};  // a read lasts 5 s at most

struct PersonalEntry {
  std::int64_t seq = 0;
  std::string subject, body;
};
RECORD(PersonalEntry, seq, subject, body)
RECORD_TYPE(PersonalEntry, "A personal part and its subject.")
struct Stored {
  std::string id, text;
};
RECORD(Stored, id, text)
RECORD_TYPE(Stored, "A stored text.")
struct StoredJob {
  std::string id, input, key, error;
};
RECORD(StoredJob, id, input, key, error)
RECORD_TYPE(StoredJob, "What is stored of a job.")

// What counts of a phone number or an address when two are compared.
std::string plain(std::string_view text) {
  std::string out;
  for (char c : text)
    if (!std::string_view(" .-()/\t").contains(c)) out += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return out;
}

// Does a personal part hold this value as the member `name`, at any depth?
bool holds(std::string_view body, std::string_view name, std::string_view wanted) {
  const std::string key = '"' + std::string(name) + "\":\"";
  for (auto at = body.find(key); at != body.npos; at = body.find(key, at + 1)) {
    const auto start = at + key.size();
    const auto end = body.find('"', start);  // neither phone numbers nor addresses hold a quote
    if (plain(body.substr(start, end - start)) == wanted) return true;
  }
  return false;
}

// Does JSON hold this value as one of its texts? (A longer number that contains it is another one.)
bool tells(std::string_view json, std::string_view wanted) {
  while (!json.empty()) {
    const auto end = std::min(json.find('"'), json.size());
    if (plain(json.substr(0, end)) == wanted) return true;
    json.remove_prefix(std::min(end + 1, json.size()));
  }
  return false;
}

// Does a sentence mention it? Only what is long enough to be nothing else.
bool mentions(std::string_view sentence, std::string_view wanted) {
  constexpr std::size_t telling = 6;
  return wanted.size() >= telling && plain(sentence).contains(wanted);
}

std::set<std::string> find_subjects(Daybook& daybook, Tenant& tenant, std::string_view member, std::string_view value) {
  std::set<std::string> subjects;
  const auto wanted = plain(value);
  std::int64_t after = 0;
  while (true) {
    std::vector<PersonalEntry> entries;
    daybook.read(tenant, [&](View& view) {
      entries = view.all<PersonalEntry>(
          "SELECT p.seq, l.subject, p.body FROM core_log_personal p JOIN core_log l ON l.tenant = p.tenant AND l.seq = p.seq "
          "WHERE p.tenant = $t AND p.seq > $1 ORDER BY p.seq LIMIT $2",
          after, scan_chunk);
    });
    for (auto& e : entries)
      if (holds(e.body, member, wanted)) subjects.insert(e.subject);
    if (std::ssize(entries) < scan_chunk) return subjects;
    after = entries.back().seq;
  }
}

bool clear_personal(const reflect::Type&, void* record);

// Empties one value: a personal one as a whole, else what is personal in it. Was there anything?
bool clear_value(const reflect::Type& t, void* value, bool is_personal) {
  using enum reflect::Kind;
  if (t.kind == record) {
    if (!is_personal) return clear_personal(t, value);
    const reflect::Value empty(t);
    const bool filled = reflect::to_json_erased(t, value) != reflect::to_json_erased(t, empty.data());
    t.copy(value, empty.data());
    return filled;
  }
  if (t.kind == optional && !is_personal) return t.size(value) > 0 && clear_value(t.item(), t.at(value, 0), false);
  if (!is_personal) return false;
  if (t.kind == optional || t.kind == list || t.kind == map) {
    const bool filled = t.size(value) > 0;
    t.resize(value, 0);
    return filled;
  }
  if (t.kind == text || t.kind == bytes || t.kind == json) {
    auto& characters = *static_cast<std::string*>(value);
    const bool filled = !characters.empty();
    characters.clear();
    return filled;
  }
  throw std::logic_error("a personal field that cannot be emptied: make it optional");
}

bool clear_personal(const reflect::Type& type, void* record) {
  bool cleared = false;
  for (auto& field : type.fields) cleared = clear_value(field.type(), field.at(record), field.is(reflect::personal)) || cleared;
  return cleared;
}

// One subject: its entries' personal parts, its row, and the event that tells everybody to forget.
void erase_subject(Tx& tx, const Registry& registry, const std::string& subject, Erased& counts) {
  counts.events += tx.change(
      "UPDATE core_log_personal SET salt = $2, body = '', changed = '' WHERE tenant = $t AND (body <> '' OR changed <> '') AND "
      "seq IN "
      "(SELECT seq FROM core_log WHERE tenant = $t AND subject = $1)",
      subject, base::Bytes());
  const auto slash = subject.find('/');
  const auto* resource = registry.resource(subject.substr(0, slash));
  const auto* erased = registry.erased_event(subject.substr(0, slash));
  if (!resource || !erased) return;
  const auto& type = resource->type();
  reflect::Value before(type), after(type);
  if (!load_row(tx, *resource, subject.substr(slash + 1), before.data())) return;
  type.copy(after.data(), before.data());
  if (!clear_personal(type, after.data())) return;
  set_version(type, after.data(), version_of(type, before.data()) + 1);
  tx.update(resource->table, type, after.data());
  // No `from`: the entry must not repeat what it erases.
  tx.emit_erased(*erased, type, nullptr, after.data());
  ++counts.rows;
}

// Answers and jobs that name one of the subjects, or hold the value itself.
void erase_stored(Tx& tx, const std::vector<std::string>& subjects, std::string_view value, Erased& counts) {
  const auto wanted = plain(value);
  const auto concerned = [&](std::string_view json) {
    if (!wanted.empty() && tells(json, wanted)) return true;
    return std::ranges::any_of(
        subjects, [&](const std::string& s) { return json.contains(std::string_view(s).substr(s.find('/') + 1)); });
  };
  for (auto& row : tx.all<Stored>("SELECT actor, answer FROM core_idempotency WHERE tenant = $t AND answer IS NOT NULL"))
    if (concerned(row.text))
      counts.answers += tx.change("UPDATE core_idempotency SET answer = '{}' WHERE tenant = $t AND actor = $1 AND answer = $2",
                                  row.id, row.text);
  // A finished job stays finished; one that waits would act on what is gone.
  for (auto& row : tx.all<StoredJob>("SELECT {} FROM core_job WHERE tenant = $t"))
    if (concerned(row.input) || concerned(row.key) || concerned(row.error) || mentions(row.key + ' ' + row.error, wanted))
      counts.jobs += tx.change(
          "UPDATE core_job SET input = '{}', key = id, error = '', state = CASE WHEN state = 'waiting' THEN 'erased' ELSE "
          "state END "
          "WHERE tenant = $t AND id = $1",
          row.id);
}

Result<> erase_batch(Daybook& daybook, const std::shared_ptr<Tenant>& tenant, const Actor& actor,
                     std::span<const std::string> subjects, std::string_view value, bool last, Erased& counts) {
  Erased done;
  const auto committed = daybook.work_and_wait(tenant, [&](Group& group, Tenant& t) {
    done = {};
    for (auto& subject : subjects) {
      const Request request;
      auto tx = group.tx(t, actor, request);
      erase_subject(tx, daybook.registry(), subject, done);
      tx.run("INSERT INTO core_erasure (tenant, subject, at) VALUES ($t, $1, $2) ON CONFLICT (tenant, subject) DO NOTHING",
             subject, tx.now());
      group.keep(tx);
    }
    if (!last) return;
    const Request request;
    auto tx = group.tx(t, actor, request);
    erase_stored(tx, {subjects.begin(), subjects.end()}, value, done);
    group.keep(tx);
  });
  if (!committed) return committed;
  counts.events += done.events;
  counts.rows += done.rows;
  counts.answers += done.answers;
  counts.jobs += done.jobs;
  return {};
}

// Until the write-ahead log is copied and emptied the text stays in the files. Snapshots of before hold it up, and last
// at most some seconds.
Result<> empty_the_log(db::Database& database) {
  const auto deadline = std::chrono::steady_clock::now() + longest_hold;
  do {
    const auto before = database.log_bytes();
    const auto left = database.checkpoint(db::Database::Checkpoint::truncate);
    const auto after = database.log_bytes();  // others may have written since: it is enough that it was cut
    if (left == 0 && (after == 0 || after < before)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  } while (std::chrono::steady_clock::now() < deadline);
  return erase_again();
}

Result<> erase_all(Daybook& daybook, const std::shared_ptr<Tenant>& tenant, const Actor& actor,
                   const std::vector<std::string>& subjects, std::string_view value, Erased& counts) {
  const std::span all(subjects);
  for (std::size_t i = 0; i == 0 || i < all.size(); i += subjects_a_unit) {
    const auto batch = all.subspan(i, std::min(subjects_a_unit, all.size() - i));
    TRY(erase_batch(daybook, tenant, actor, batch, value, i + subjects_a_unit >= all.size(), counts));
  }
  daybook.tail().forget(*tenant);
  tenant->forms->forget(tenant->number);
  tenant->cache.clear();
  return empty_the_log(daybook.database());
}

}  // namespace

std::vector<ErasureEntry> read_erasures(const std::filesystem::path& file) {
  std::vector<ErasureEntry> entries;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto space = line.find(' ');
    if (space == line.npos || line.find('/', space) == line.npos) continue;  // cut off by a crash, before anything was erased
    entries.push_back({line.substr(0, space), line.substr(space + 1)});
  }
  return entries;
}

void append_erasures(const std::filesystem::path& file, const std::vector<ErasureEntry>& entries) {
  std::string text = "\n";  // a line that a crash cut off ends here
  for (auto& e : entries) text += e.tenant_id + ' ' + e.subject + '\n';
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);  // its name is kept there
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == std::ssize(text) && ::fsync(fd) == 0 &&
                       folder >= 0 && ::fsync(folder) == 0;
  if (fd >= 0) ::close(fd);
  if (folder >= 0) ::close(folder);
  if (!written) throw db::Error(db::Error::Kind::full, "cannot write " + file.string() + ": the erasure is not started");
}

Result<Erased> erase(Daybook& daybook, const std::shared_ptr<Tenant>& tenant, const Actor& actor, const Erase& input) {
  if (int{input.order.has_value()} + int{input.phone.has_value()} + int{input.email.has_value()} != 1) return erase_whom();
  std::vector<std::string> subjects;
  std::string value;
  if (input.order) {
    const auto* resource = daybook.registry().resource("order");
    reflect::Value record;
    if (resource) record = reflect::Value(resource->type());
    bool there = false;
    daybook.read(*tenant, [&](View& view) { there = resource && load_row(view, *resource, *input.order, record.data()); });
    if (!there) return not_found("No order " + *input.order + ".");
    subjects.push_back("order/" + *input.order);
  } else {
    value = input.phone ? std::string(*input.phone) : std::string(*input.email);
    const auto found = find_subjects(daybook, *tenant, input.phone ? "phone" : "email", value);
    subjects.assign(found.begin(), found.end());
  }
  // The list first: from here on a crash or a restore ends with the data erased.
  if (daybook.database().engine() == db::Engine::sqlite && !subjects.empty()) {
    std::vector<ErasureEntry> entries;
    for (auto& s : subjects) entries.push_back({tenant->id.text(), s});
    append_erasures(daybook.erasure_file(), entries);
  }
  Erased counts{.subjects = std::ssize(subjects)};
  TRY(erase_all(daybook, tenant, actor, subjects, value, counts));
  base::log::info("personal data erased",
                  {{"tenant", tenant->slug}, {"subjects", counts.subjects}, {"events", counts.events}, {"actor", actor.id}});
  return counts;
}

void repeat_erasures(Daybook& daybook) {
  if (daybook.database().engine() != db::Engine::sqlite) return;
  const auto entries = read_erasures(daybook.erasure_file());
  for (auto& tenant : daybook.tenants()) {
    std::set<std::string> missing;
    for (auto& e : entries)
      if (e.tenant_id == tenant->id.text()) missing.insert(e.subject);
    if (missing.empty()) continue;
    daybook.read(*tenant, [&](View& view) {
      for (auto& row : view.all<Stored>("SELECT subject, subject FROM core_erasure WHERE tenant = $t")) missing.erase(row.id);
    });
    if (missing.empty()) continue;
    Erased counts;
    const std::vector<std::string> subjects(missing.begin(), missing.end());
    if (const auto done = erase_all(daybook, tenant, Actor::system("erasure"), subjects, {}, counts); !done)
      throw db::Error(db::Error::Kind::full, "erasures of " + tenant->slug + " could not be repeated");
    base::log::info("erasures repeated", {{"tenant", tenant->slug}, {"subjects", std::ssize(subjects)}});
  }
}

}  // namespace core
