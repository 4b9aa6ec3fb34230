#include "core/epochs.h"

#include <algorithm>

#include "core/log.h"

namespace core {

namespace {

struct HeadRow {
  std::int64_t tenant = 0;
  std::string slug, epoch;
  std::int64_t seq = 0;
};
RECORD(HeadRow, tenant, slug, epoch, seq)
RECORD_TYPE(HeadRow, "The head of a tenant's log.")

std::vector<HeadRow> heads(db::Connection& connection) {
  return db::all<HeadRow>(
      connection,
      "SELECT t.tenant, t.slug, h.epoch, h.seq FROM core_tenant t JOIN core_head h ON h.tenant = t.tenant ORDER BY t.slug");
}

}  // namespace

std::vector<Standing> standings(db::Connection& reader) {
  std::vector<Standing> all;
  reader.begin(db::Access::read);
  for (auto& row : heads(reader)) all.push_back({row.slug, {row.epoch, row.seq}});
  reader.rollback();
  return all;
}

std::vector<Standing> begin_epochs(db::Connection& writer, base::Instant now) {
  std::vector<Standing> all;
  writer.begin(db::Access::write);
  for (auto& row : heads(writer)) {
    const auto epoch = new_epoch(now);
    db::run(writer, "INSERT INTO core_epoch (tenant, epoch, last_seq, ended_at) VALUES ($1, $2, $3, $4)", row.tenant, row.epoch,
            row.seq, now);
    db::run(writer, "UPDATE core_head SET epoch = $2 WHERE tenant = $1", row.tenant, epoch);
    all.push_back({row.slug, {epoch, row.seq}});
  }
  writer.commit();
  return all;
}

}  // namespace core
