#include <algorithm>

#include "main/import.h"
#include "main/order_sheet.h"

namespace program {

namespace {

using base::Result;

constexpr std::int64_t orders_a_batch = 100;  // a server that sells meanwhile waits for one batch at most

struct Sums {
  base::Money stated, priced;
};

class OrderImport {
 public:
  explicit OrderImport(const ImportWork& work) : work_(work), sums_(nothing()) {}

  void run(OrderSheet sheet) {
    work_.report.lines = sheet.lines;
    work_.report.complaints = std::move(sheet.complaints);
    if (work_.stops_at_complaints()) return;
    const std::span all(sheet.orders);
    const auto size = static_cast<std::size_t>(work_.order.batch > 0 ? work_.order.batch : orders_a_batch);
    for (std::size_t i = 0; i < all.size(); i += size)
      if (!place(all.subspan(i, std::min(size, all.size() - i)))) return;
    // Orders are priced by the catalog as it is now; where the file said something else, whoever imports should know.
    const auto unit = ' ' + work_.location.currency.text();
    if (sheet.priced)
      work_.report.remarks.push_back("new orders: " + sums_.stated.decimal() + unit + " by the file, " +
                                     sums_.priced.decimal() + unit + " by the catalog, before discounts and taxes");
  }

 private:
  Sums nothing() const { return {{0, work_.location.currency}, {0, work_.location.currency}}; }

  bool place(std::span<const SheetOrder> orders) {
    auto sums = nothing();
    const bool kept = work_.run_batch([&](core::Batch& batch, ImportReport& part) -> Result<> {
      sums = nothing();
      for (auto& order : orders) {
        auto done = place(batch, order);
        if (!done) {
          part.complaints.push_back(
              {static_cast<std::int64_t>(order.line), "order " + order.number + ": " + text_of(done.error())});
          if (work_.order.on_error == OnError::stop) return std::unexpected(std::move(done).error());
          ++part.left_out;
        } else if (done->there) {
          ++part.there_already;
        } else {
          ++part.made;
          sums.stated += order.stated;
          sums.priced += done->subtotal;
        }
      }
      return {};
    });
    if (!kept) return false;
    sums_.stated += sums.stated;
    sums_.priced += sums.priced;
    return true;
  }

  struct Placed {
    bool there = false;
    base::Money subtotal;
  };
  Result<Placed> place(core::Batch& batch, const SheetOrder& order) const {
    const auto ms = order.at ? std::chrono::floor<std::chrono::milliseconds>(*order.at).time_since_epoch().count() : 0;
    orders::PlaceOrder input{.id = orders::OrderId(work_.id_of("order", order.number, ms)), .location = work_.location.id};
    input.lines = base::List<orders::NewLine, 1, 200>(order.lines);
    input.note = base::Text<1, 500>("Imported from " + work_.source + ": order " + order.number +
                                    (order.when.empty() ? "" : " of " + order.when));
    auto done = TRY(batch.run(batch.command("orders.place"), reflect::Value::of(std::move(input))));
    const auto& placed = done.output.as<orders::Order>();
    if (done.replayed || work_.order.leave_open) return Placed{done.replayed, placed.subtotal};
    // What was sold long ago is not for the kitchen: done, and handed over.
    for (const auto* move : {"orders.ready", "orders.complete"}) TRY(batch.run(move, "{\"id\":\"" + placed.id.text() + "\"}"));
    return Placed{false, placed.subtotal};
  }

  const ImportWork& work_;
  Sums sums_;
};

}  // namespace

void import_orders(const ImportWork& work, const std::string& text) {
  std::vector<catalog::Item> items;
  work.daybook.read(*work.tenant, [&](core::View& view) {
    for (auto& [id, item] : view.cached<catalog::Menu>(catalog::menu).items) items.push_back(item);
  });
  OrderImport(work).run(read_orders(text, work.order.map, items, work.location.currency));
}

}  // namespace program
