#include <algorithm>

#include "main/import.h"
#include "main/prices.h"
#include "modules/sell/catalog/catalog.h"

namespace program {

namespace {

using base::Result;

const std::vector<Column> columns{
    {"name", {"name", "item", "itemname", "product", "productname", "title", "description"}},
    {"sku", {"sku", "stockcode", "code", "articleno", "articlenumber", "itemcode", "productcode"}},
    {"price", {"price", "unitprice", "saleprice", "amount"}},
    {"variant", {"variant", "size"}},
    {"category", {"category", "type", "group", "department", "section"}}};

struct Found {
  catalog::Item item;
  std::string key, category;
  std::size_t line = 0;  // where it first stands
};

class CatalogImport {
 public:
  CatalogImport(const ImportWork& work, const std::string& text) : work_(work), sheet_(text, columns, work.order.map) {
    sheet_.need("name");
    sheet_.need("price");
    work_.daybook.read(*work_.tenant, [&](core::View& view) {
      for (auto& [id, category] : view.cached<catalog::Menu>(catalog::menu).categories)
        categories_.emplace(folded(category.name), id);
    });
  }

  void run() {
    for (auto& row : sheet_.rows()) take(row);
    work_.report.lines = std::ssize(sheet_.rows());
    if (repriced_ > 0)
      work_.report.remarks.push_back(std::to_string(repriced_) +
                                     " lines repeat an item with another price: the last one in the file counts");
    if (work_.stops_at_complaints()) return;
    const auto size =
        work_.order.batch > 0 ? static_cast<std::size_t>(work_.order.batch) : std::max<std::size_t>(found_.size(), 1);
    for (std::size_t i = 0; i < found_.size(); i += size)
      if (!create(std::span(found_).subspan(i, std::min(size, found_.size() - i)))) return;
  }

 private:
  void take(const reflect::CsvRow& row) {
    const auto name = sheet_.cell(row, "name"), sku = sheet_.cell(row, "sku"), text = sheet_.cell(row, "price"),
               variant = sheet_.cell(row, "variant");
    const auto price = parse_price(text, work_.location.currency);
    if (name.empty()) return work_.complain(row.line, "it has no name");
    if (base::code_points(name) > 200 || base::code_points(sku) > 64 || base::code_points(variant) > 100)
      return work_.complain(row.line, "a name is too long");
    if (!price) return work_.complain(row.line, "`" + text + "` is no price in " + work_.location.currency.text());
    if (price->minor() <= 0) return work_.complain(row.line, name + ": the price " + text + " is not above zero");
    auto& found = of(sku.empty() ? name : sku, row.line);
    if (found.item.name.empty()) {
      found.item.name = name;
      found.item.price = *price;
      if (!sku.empty()) found.item.sku = base::Text<1, 64>(sku);
      found.category = sheet_.cell(row, "category");
    }
    if (variant.empty()) return reprice(found.item.price, *price);
    const auto known = std::ranges::find(found.item.variants, variant, &catalog::Variant::name);
    if (known == found.item.variants.end())
      found.item.variants.push_back({.name = variant, .price = *price});
    else
      reprice(known->price, *price);
  }
  Found& of(const std::string& key, std::size_t line) {
    const auto place = places_.try_emplace(folded(key), found_.size());
    if (place.second) found_.push_back({.item = {}, .key = key, .category = {}, .line = line});
    return found_[place.first->second];
  }
  void reprice(base::Money& known, base::Money price) {
    repriced_ += known != price;
    known = price;
  }

  bool create(std::span<const Found> items) {
    return work_.run_batch([&](core::Batch& batch, ImportReport& part) -> Result<> {
      for (auto& found : items) {
        auto done = create(batch, found);
        if (!done) {
          part.complaints.push_back({static_cast<std::int64_t>(found.line), found.key + ": " + text_of(done.error())});
          if (work_.order.on_error == OnError::stop) return std::unexpected(std::move(done).error());
          ++part.left_out;
        } else {
          ++(*done ? part.there_already : part.made);
        }
      }
      return {};
    });
  }
  // True: it was there already.
  Result<bool> create(core::Batch& batch, const Found& found) const {
    auto item = found.item;
    item.id = catalog::ItemId(work_.id_of("item", folded(found.key), 0));
    if (item.variants.size() == 1) {  // one size needs no choice
      item.price = item.variants.front().price;
      item.variants.clear();
    }
    if (!item.variants.empty()) item.price = item.variants.front().price;
    if (!found.category.empty()) item.category = TRY(category(batch, found.category));
    return TRY(batch.run(batch.command("catalog.create_item"), reflect::Value::of(std::move(item)))).replayed;
  }
  // One that has this name, whoever made it; else a new one.
  Result<catalog::CategoryId> category(core::Batch& batch, const std::string& name) const {
    if (const auto known = categories_.find(folded(name)); known != categories_.end()) return known->second;
    const catalog::CategoryId id(work_.id_of("category", folded(name), 0));
    TRY(batch.run(batch.command("catalog.create_category"),
                  reflect::Value::of(catalog::Category{.id = id, .name = name})));  // a replay from the second item on
    return id;
  }

  const ImportWork& work_;
  Sheet sheet_;
  std::vector<Found> found_;
  std::map<std::string, std::size_t> places_;              // by folded key
  std::map<std::string, catalog::CategoryId> categories_;  // that there were, by folded name
  std::int64_t repriced_ = 0;
};

}  // namespace

void import_catalog(const ImportWork& work, const std::string& text) { CatalogImport(work, text).run(); }

}  // namespace program
