#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "main/sheet.h"
#include "modules/sell/orders/orders.h"

// Orders that another till wrote down, one line of the file for each thing sold.
namespace program {

struct SheetOrder {
  std::string number, when;         // as they stand in the file
  std::optional<base::Instant> at;  // `when`, as if it were UTC
  std::size_t line = 0;             // where it first stands
  std::vector<orders::NewLine> lines;
  base::Money stated;  // what the file says that the lines cost
};
struct OrderSheet {
  std::vector<SheetOrder> orders;  // in the order of the file; those without a good line are left out
  std::vector<Complaint> complaints;
  std::int64_t lines = 0;
  bool priced = false;  // does the file have prices?
};
// Names in the file are looked up among `items`: sku first, then name. Throws Failure where columns are missing.
OrderSheet read_orders(const std::string& text, const std::map<std::string, std::string>& map,
                       const std::vector<catalog::Item>& items, base::Currency);

}  // namespace program
