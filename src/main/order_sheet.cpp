#include "main/order_sheet.h"

#include <algorithm>

#include "main/prices.h"

namespace program {

namespace {

const std::vector<Column> columns{
    {"order", {"order", "orderid", "orderno", "ordernumber", "invoiceno", "invoice", "receipt", "id"}},
    {"name", {"name", "item", "itemname", "product", "productname", "description"}},
    {"sku", {"sku", "stockcode", "code", "itemcode", "productcode"}},
    {"variant", {"variant", "size"}},
    {"quantity", {"quantity", "qty", "count"}},
    {"price", {"price", "unitprice"}},
    {"date", {"date", "datetime", "invoicedate", "orderdate", "placedat"}},
    {"time", {"time", "ordertime"}}};
constexpr std::size_t most_lines = 200;  // of one order, as the API takes it

// What an order line of a file may name: an item by sku or name, and its variants by name or sku.
class MenuIndex {
 public:
  explicit MenuIndex(const std::vector<catalog::Item>& items) {
    for (auto& item : items)
      if (item.active && item.sku) items_.try_emplace(folded(*item.sku), &item);
    for (auto& item : items)
      if (item.active) items_.try_emplace(folded(item.name), &item);
  }
  const catalog::Item* find(const std::string& sku, const std::string& name) const {
    for (auto* key : {&sku, &name})
      if (const auto found = items_.find(folded(*key)); !key->empty() && found != items_.end()) return found->second;
    return nullptr;
  }
  static const catalog::Variant* variant(const catalog::Item& item, const std::string& name) {
    const auto found = std::ranges::find_if(
        item.variants, [&](auto& v) { return folded(v.name) == folded(name) || (v.sku && folded(*v.sku) == folded(name)); });
    return found == item.variants.end() ? nullptr : &*found;
  }

 private:
  std::map<std::string, const catalog::Item*> items_;
};

// "2015-11-27 11:42:05", "2015-11-27", "2011-11-14T08:10"
std::optional<base::Instant> moment_of(const std::string& when) {
  auto text = when.substr(0, std::min<std::size_t>(when.size(), 19));
  std::ranges::replace(text, ' ', 'T');
  if (text.size() == 10) text += "T00:00";
  if (text.size() == 16) text += ":00";
  return base::parse_instant(text + "Z");
}

// Other programs did not write down every wish: what screens preselect stands in, else the first ones.
void choose_required(const catalog::Item& item, orders::NewLine& line) {
  for (auto& group : item.modifier_groups) {
    std::int64_t missing = group.min;
    for (const bool preselected : {true, false})
      for (auto& modifier : group.modifiers) {
        if (missing == 0 || modifier.preselected != preselected) continue;
        line.modifiers.push_back({.id = modifier.id.text()});
        --missing;
      }
  }
}

class Reading {
 public:
  Reading(const std::string& text, const std::map<std::string, std::string>& map, const std::vector<catalog::Item>& items,
          base::Currency currency)
      : sheet_(text, columns, map), menu_(items), currency_(currency) {
    sheet_.need("order");
    if (!sheet_.has("sku")) sheet_.need("name");
    out_.priced = sheet_.has("price");
    out_.lines = std::ssize(sheet_.rows());
  }
  OrderSheet run() {
    for (auto& row : sheet_.rows()) take(row);
    std::erase_if(out_.orders, [&](const SheetOrder& order) {
      if (order.lines.size() > most_lines)
        complain(order.line, "order " + order.number + " has " + std::to_string(order.lines.size()) +
                                 " lines; an order takes " + std::to_string(most_lines));
      return order.lines.empty() || order.lines.size() > most_lines;
    });
    return std::move(out_);
  }

 private:
  void complain(std::size_t line, std::string text) {
    out_.complaints.push_back({static_cast<std::int64_t>(line), std::move(text)});
  }
  void take(const reflect::CsvRow& row) {
    const auto number = sheet_.cell(row, "order");
    if (number.empty()) return complain(row.line, "it has no order number");
    const auto place = places_.try_emplace(number, out_.orders.size());
    if (place.second) {
      auto when = sheet_.cell(row, "date");
      if (const auto time = sheet_.cell(row, "time"); !time.empty()) when += ' ' + time;
      out_.orders.push_back(
          {.number = number, .when = when, .at = moment_of(when), .line = row.line, .lines = {}, .stated = nothing()});
    }
    auto& order = out_.orders[place.first->second];
    if (const auto wrong = add_line(order, row); !wrong.empty()) complain(row.line, "order " + number + ": " + wrong);
  }

  // What is wrong with a line, "" when nothing is.
  std::string add_line(SheetOrder& order, const reflect::CsvRow& row) const {
    const auto sku = sheet_.cell(row, "sku"), name = sheet_.cell(row, "name"), size = sheet_.cell(row, "variant");
    const auto& shown = sku.empty() ? name : sku;
    auto quantity = base::Quantity::of(1);
    auto price = nothing();
    if (auto wrong = read_quantity(row, quantity); !wrong.empty()) return wrong;
    if (auto wrong = read_price(row, price); !wrong.empty()) return shown + ": " + wrong;
    const auto* item = menu_.find(sku, name);
    if (!item) return shown.empty() ? "it names no item" : "there is no item " + shown + " for sale; import the catalog first";
    orders::NewLine line{.item = item->id, .quantity = quantity};
    if (!item->variants.empty()) {
      const auto* variant = MenuIndex::variant(*item, size);
      if (!variant)
        return size.empty() ? item->name + " comes in variants, and the line names none"
                            : item->name + " does not come in `" + size + "`";
      line.variant = variant->id;
    }
    choose_required(*item, line);
    order.stated += price.scaled(quantity.thousandths(), base::Quantity::one, base::Rounding::half_up);
    order.lines.push_back(std::move(line));
    return {};
  }
  std::string read_quantity(const reflect::CsvRow& row, base::Quantity& quantity) const {
    if (!sheet_.has("quantity")) return {};
    const auto text = sheet_.cell(row, "quantity");
    if (text.starts_with('-')) return "the quantity " + text + " is a return; only sales are imported";
    const auto parsed = base::Quantity::parse(text);
    if (!parsed || parsed->thousandths() <= 0) return "`" + text + "` is no quantity";
    quantity = *parsed;
    return {};
  }
  std::string read_price(const reflect::CsvRow& row, base::Money& price) const {
    if (!sheet_.has("price")) return {};
    const auto text = sheet_.cell(row, "price");
    const auto parsed = parse_price(text, currency_);
    if (!parsed) return "`" + text + "` is no price in " + currency_.text();
    if (parsed->minor() <= 0) return "the price " + text + " is not above zero";
    price = *parsed;
    return {};
  }
  base::Money nothing() const { return {0, currency_}; }

  Sheet sheet_;
  MenuIndex menu_;
  base::Currency currency_;
  OrderSheet out_;
  std::map<std::string, std::size_t> places_;  // by order number
};

}  // namespace

OrderSheet read_orders(const std::string& text, const std::map<std::string, std::string>& map,
                       const std::vector<catalog::Item>& items, base::Currency currency) {
  return Reading(text, map, items, currency).run();
}

}  // namespace program
