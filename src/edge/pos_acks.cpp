#include "edge/pos_acks.h"

#include "base/log.h"

namespace edge {

namespace {

struct CursorRow {
  std::string epoch;
  std::int64_t seq = 0;
};
RECORD(CursorRow, epoch, seq)
RECORD_TYPE(CursorRow, "How far somebody has read.")

std::string name_of(std::string_view actor) { return "pos/" + std::string(actor); }

}  // namespace

bool Acks::put(const std::shared_ptr<core::Tenant>& tenant, std::string_view actor, core::Position position) {
  std::scoped_lock lock(mutex_);
  auto& of = tenants_[tenant->number];
  of.tenant = tenant;
  of.actors[std::string(actor)] = {std::move(position), ++versions_, true};
  return !std::exchange(arranged_, true);
}

std::optional<core::Position> Acks::find(core::Tenant& tenant, std::string_view actor) {
  {
    std::scoped_lock lock(mutex_);
    if (const auto of = tenants_.find(tenant.number); of != tenants_.end())
      if (const auto at = of->second.actors.find(actor); at != of->second.actors.end()) return at->second.position;
  }
  std::optional<CursorRow> row;
  daybook_.read(tenant, [&](core::View& view) {
    row = view.maybe<CursorRow>("SELECT epoch, seq FROM core_cursor WHERE tenant = $t AND name = $1", name_of(actor));
  });
  if (!row) return std::nullopt;
  return core::Position{std::move(row->epoch), row->seq};
}

void Acks::flush() {
  std::vector<std::pair<std::shared_ptr<core::Tenant>, Written>> work;
  {
    std::scoped_lock lock(mutex_);
    arranged_ = false;
    for (auto& [number, of] : tenants_) {
      Written rows;
      for (auto& [actor, kept] : of.actors)
        if (std::exchange(kept.dirty, false)) rows.emplace(actor, kept);
      if (!rows.empty()) work.emplace_back(of.tenant, std::move(rows));
    }
  }
  for (auto& [tenant, rows] : work) write(tenant, std::move(rows));
}

void Acks::write(const std::shared_ptr<core::Tenant>& tenant, Written rows) {
  auto shared = std::make_shared<const Written>(std::move(rows));
  auto work = [shared](core::Group& group, core::Tenant& t) {
    const auto actor = core::Actor::system("pos");
    const core::Request request;
    auto tx = group.tx(t, actor, request);
    for (auto& [name, kept] : *shared)
      tx.run(
          "INSERT INTO core_cursor (tenant, name, epoch, seq, at) VALUES ($t, $1, $2, $3, $4) "
          "ON CONFLICT (tenant, name) DO UPDATE SET epoch = $2, seq = $3, at = $4",
          name_of(name), kept.position.epoch, kept.position.seq, tx.now());
    tx.keep();
    group.dirty();
  };
  daybook_.submit(
      core::unit_of(tenant, std::move(work), [self = shared_from_this(), number = tenant->number, shared](base::Result<> done) {
        if (!done)
          base::log::warning("acknowledgements could not be kept; they are tried again with the next one",
                             {{"problem", done.error().code}});
        self->written(number, *shared, done.has_value());
      }));
}

// What is in the database and was not replaced meanwhile need not be in memory.
void Acks::written(std::int64_t tenant, const Written& rows, bool committed) {
  std::scoped_lock lock(mutex_);
  if (committed) flushed_ += rows.size();
  auto& actors = tenants_[tenant].actors;
  for (auto& [name, row] : rows) {
    const auto at = actors.find(name);
    if (at == actors.end() || at->second.version != row.version) continue;
    if (committed)
      actors.erase(at);
    else
      at->second.dirty = true;
  }
}

}  // namespace edge
