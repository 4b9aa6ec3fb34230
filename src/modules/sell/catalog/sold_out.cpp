#include "modules/sell/catalog/declared.h"

namespace catalog {

namespace {

base::Result<Item> item_with(core::Tx& tx, const std::string& id) {
  if (auto item = tx.maybe<Item>("SELECT {} FROM catalog_item WHERE tenant = $t AND id = $1", id)) return *std::move(item);
  return core::not_found("No item " + id + ".");
}

// No event when nothing changes: pressing the button twice is no news.
Item mark(core::Tx& tx, const Item& before, bool sold_out, std::optional<base::Instant> until) {
  if (before.sold_out == sold_out && before.sold_out_until == until) return before;
  auto after = before;
  after.sold_out = sold_out;
  after.sold_out_until = until;
  ++after.version;
  after.updated_at = tx.now();
  tx.update("catalog_item", after);
  tx.emit(sold_out ? item_sold_out : item_available, before, after);
  return after;
}

}  // namespace

base::Result<Item> mark_sold_out(core::Tx& tx, const core::Actor&, const SoldOut& input) {
  if (input.until && *input.until <= tx.now())
    return std::unexpected(reflect::invalid.problem().at("/until", "range", "A moment in the future."));
  return mark(tx, TRY(item_with(tx, input.id)), true, input.until);
}

base::Result<Item> mark_available(core::Tx& tx, const core::Actor&, const core::ById& input) {
  return mark(tx, TRY(item_with(tx, input.id)), false, std::nullopt);
}

std::optional<base::Instant> next_return(core::View& view) {
  const auto next = view.maybe<core::ListedAt>(
      "SELECT sold_out_until FROM catalog_item WHERE tenant = $t AND sold_out_until IS NOT NULL ORDER BY sold_out_until LIMIT "
      "1");
  return next ? std::optional(next->at) : std::nullopt;
}

base::Result<> return_items(core::Tx& tx) {
  for (auto& item : tx.all<Item>(
           "SELECT {} FROM catalog_item WHERE tenant = $t AND sold_out_until <= $1 ORDER BY sold_out_until LIMIT 20", tx.now()))
    mark(tx, item, false, std::nullopt);
  return {};
}

}  // namespace catalog
