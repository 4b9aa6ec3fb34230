#include "main/demo.h"

#include <algorithm>
#include <map>

#include "core/batch.h"
#include "main/demo_files.h"
#include "main/failure.h"
#include "main/prices.h"
#include "modules/identity/identity.h"
#include "modules/sell/catalog/catalog.h"
#include "modules/sell/pricing/pricing.h"
#include "modules/sell/tickets/tickets.h"
#include "modules/settings/settings.h"
#include "reflect/csv.h"

namespace program {

namespace {

using base::Result;

struct Kind {
  std::string_view key, name, station;  // of menu.csv and of the extras
};
constexpr Kind kinds[] = {{"classic", "Classic pizzas", "Wood oven"}, {"chicken", "Chicken pizzas", "Wood oven"},
                          {"supreme", "Supreme pizzas", "Deck oven"}, {"veggie", "Vegetarian pizzas", "Deck oven"},
                          {"own", "Your own pizza", "Deck oven"},     {"salad", "Salads", "Cold kitchen"},
                          {"dessert", "Desserts", "Cold kitchen"},    {"drink", "Drinks", "Bar"}};
constexpr std::string_view stations[] = {"Wood oven", "Deck oven", "Cold kitchen", "Bar"};

// What a pizza restaurant has besides pizzas. `groups` are required of whoever orders it.
struct Extra {
  std::string_view sku, name, kind, price;
  std::vector<std::string_view> groups = {};
};
const Extra extras[] = {{"own_pizza", "Make your own pizza", "own", "13.50", {"Crust", "Toppings"}},
                        {"caesar", "Caesar salad", "salad", "8.50"},
                        {"caprese", "Caprese", "salad", "9"},
                        {"garden_salad", "Garden salad", "salad", "7.25", {"Dressing"}},
                        {"chicken_salad", "Chicken salad", "salad", "9.75", {"Dressing"}},
                        {"tiramisu", "Tiramisu", "dessert", "6.50"},
                        {"cheesecake", "Cheesecake", "dessert", "6.25"},
                        {"gelato", "Gelato", "dessert", "4.50", {"Flavour"}},
                        {"cola", "Cola", "drink", "3.25"},
                        {"lemonade", "Lemonade", "drink", "3.25"},
                        {"iced_tea", "Iced tea", "drink", "3"},
                        {"water", "Sparkling water", "drink", "2.75"},
                        {"juice", "Orange juice", "drink", "3.75"},
                        {"espresso", "Espresso", "drink", "2.50"},
                        {"cappuccino", "Cappuccino", "drink", "3.95", {"Milk"}}};

struct Wish {
  std::string_view name, price;
};
struct Group {
  std::string_view name;
  std::int64_t min, max;
  std::vector<Wish> wishes;
};
const Group groups[] = {
    {"Crust", 1, 1, {{"Hand-tossed", "0"}, {"Thin", "0"}, {"Stuffed", "2.50"}}},
    {"Toppings", 1, 5, {{"Mushrooms", "0"}, {"Olives", "0"}, {"Peppers", "0"}, {"Salami", "1.25"}, {"Prosciutto", "1.95"}}},
    {"Dressing", 1, 1, {{"House", "0"}, {"Blue cheese", "0.50"}, {"Oil and vinegar", "0"}}},
    {"Flavour", 1, 3, {{"Vanilla", "0"}, {"Chocolate", "0"}, {"Pistachio", "0.75"}}},
    {"Milk", 1, 1, {{"Whole", "0"}, {"Oat", "0.60"}}}};

struct Person {
  std::string_view name, email, role;
};
constexpr Person people[] = {
    {"Ada Romano", "ada@kitchen.example", "owner"},     {"Ben Ortiz", "ben@kitchen.example", "manager"},
    {"Chloe Martin", "chloe@kitchen.example", "staff"}, {"Dev Patel", "dev@kitchen.example", "staff"},
    {"Elif Kaya", "elif@kitchen.example", "kitchen"},   {"Finn Olsen", "finn@kitchen.example", "driver"}};

const base::Currency currency = *base::Currency::parse("USD");

class Founder {
 public:
  explicit Founder(core::Batch& batch) : batch_(batch) {}
  Result<> run(const core::TenantId& tenant, const settings::LocationId& first) {
    TRY(places(tenant, first));
    TRY(rules());
    TRY(kitchen());
    TRY(menu());
    for (auto& person : people)
      TRY(batch_.run<identity::User>(
          "identity.create_user",
          identity::User{.name = person.name, .email = base::Text<3, 254>(person.email), .role = person.role}));
    return {};
  }

 private:
  Result<> change(std::string_view command, const std::string& id, std::string patch) {
    TRY(batch_.run(batch_.command(command), reflect::Value::of(core::Patch{id, base::Json(std::move(patch))})));
    return {};
  }

  Result<> places(const core::TenantId& tenant, const settings::LocationId& first) {
    TRY(change("settings.change_profile", tenant.text(),
               R"({"name":"Kitchen","legal_name":"Kitchen Pizza, Inc.","phone":"+1 212 555 0100"})"));
    TRY(change("settings.change_location", first.text(),
               R"({"name":"Downtown","time_zone":"America/New_York","currency":"USD","address":"12 Pearl Street, New York"})"));
    const auto harbour =
        TRY(batch_.run("settings.create_location",
                       R"({"name":"Harbour","time_zone":"America/Los_Angeles","currency":"USD","closing":"03:00","position":1,
        "address":"7 Pier Avenue, Los Angeles","hours":[{"from":"11:00","until":"02:00",
        "days":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"]}]})"));
    const auto& second = *static_cast<const settings::Location*>(harbour.output.data());
    for (const auto& [location, count] : {std::pair(first, 8), std::pair(second.id, 6)})
      for (int n = 1; n <= count; ++n)
        TRY(batch_.run<settings::Table>("settings.create_table",
                                        settings::Table{.location = location,
                                                        .name = std::to_string(n),
                                                        .seats = n % 3 == 0   ? 6
                                                                 : n % 2 == 0 ? 4
                                                                              : 2,
                                                        .area = base::Text<1, 50>(n > 5 ? "Terrace" : "Hall"),
                                                        .position = n}));
    return {};
  }

  Result<> rules() {
    TRY(batch_.run("pricing.create_tax", R"({"name":"Sales tax","rate":"0.0825","inclusive":false})"));
    TRY(batch_.run("pricing.create_discount", R"({"name":"Staff meal","percent":"50"})"));
    return {};
  }

  Result<> kitchen() {
    for (std::size_t i = 0; i < std::size(stations); ++i) {
      const auto made = TRY(batch_.run<tickets::Station>(
          "tickets.create_station", tickets::Station{.name = stations[i], .position = static_cast<std::int64_t>(i)}));
      stations_[stations[i]] = made.id;
    }
    for (std::size_t i = 0; i < std::size(kinds); ++i) {
      const auto made = TRY(batch_.run<catalog::Category>(
          "catalog.create_category", catalog::Category{.name = kinds[i].name, .position = static_cast<std::int64_t>(i)}));
      categories_[kinds[i].key] = made.id;
    }
    for (auto& group : groups) {
      catalog::ModifierGroup input{.name = group.name, .min = group.min, .max = group.max};
      for (auto& wish : group.wishes)
        input.modifiers.push_back(
            {.name = wish.name, .price = price(wish.price), .preselected = group.min == 1 && input.modifiers.empty()});
      groups_[group.name] = TRY(batch_.run<catalog::ModifierGroup>("catalog.create_modifier_group", std::move(input))).id;
    }
    return {};
  }

  Result<> menu() {
    const auto rows = TRY(reflect::read_csv(demo_file("menu.csv")));
    std::vector<catalog::Item> pizzas;
    for (auto& row : std::span(rows).subspan(1)) {  // sku, name, category, size, price; the sizes of a pizza follow each other
      const auto& cells = row.cells;
      if (pizzas.empty() || *pizzas.back().sku != cells[0]) pizzas.push_back(item(cells[0], cells[1], cells[2]));
      pizzas.back().variants.push_back(
          {.name = cells[3], .price = price(cells[4]), .sku = base::Text<1, 64>(cells[0] + '-' + cells[3])});
    }
    for (auto& pizza : pizzas) {
      pizza.price = pizza.variants.front().price;
      if (pizza.variants.size() == 1) pizza.variants.clear();  // one size needs no choice
      TRY(create(std::move(pizza)));
    }
    for (auto& extra : extras) {
      auto made = item(extra.sku, extra.name, extra.kind);
      made.price = price(extra.price);
      for (auto group : extra.groups) made.modifier_groups.push_back({.id = groups_.at(group)});
      TRY(create(std::move(made)));
    }
    return {};
  }
  catalog::Item item(std::string_view sku, std::string_view name, std::string_view kind) {
    const auto& of = *std::ranges::find(kinds, kind, &Kind::key);
    catalog::Item made{.name = name, .category = categories_.at(of.key), .sku = base::Text<1, 64>(sku)};
    made.stations.push_back(stations_.at(of.station));
    return made;
  }
  Result<> create(catalog::Item item) {
    item.position = position_++;
    TRY(batch_.run<catalog::Item>("catalog.create_item", std::move(item)));
    return {};
  }
  static base::Money price(std::string_view decimal) { return *parse_price(decimal, currency); }

  core::Batch& batch_;
  std::map<std::string_view, tickets::StationId> stations_;
  std::map<std::string_view, catalog::CategoryId> categories_;
  std::map<std::string_view, catalog::ModifierGroupId> groups_;
  std::int64_t position_ = 0;
};

// Nothing but what every business is founded with: a start that ended before the sample business was complete.
bool unfinished(core::Daybook& daybook, core::Tenant& tenant) {
  constexpr std::size_t more_than_a_founding = 200;
  const auto events = daybook.events_after(tenant, 0, more_than_a_founding);
  return tenant.slug == demo_slug && events.size() < more_than_a_founding &&
         std::ranges::all_of(events, [](const core::EventPtr& e) { return e->actor == "system/setup"; });
}

}  // namespace

std::string_view demo_file(std::string_view name) {
  const auto found = std::ranges::find(assets, name, &Asset::path);
  if (found == std::end(assets)) throw std::logic_error("no demo file " + std::string(name));
  return found->bytes;
}

Founding found_demo(core::Daybook& daybook) {
  auto tenants = daybook.tenants();
  if (tenants.size() > 1 || (tenants.size() == 1 && !unfinished(daybook, *tenants.front()))) return Founding::was_there;
  auto tenant = tenants.empty() || tenants.front()->head().seq == 0
                    ? must(daybook.create_tenant(demo_slug, "Kitchen"), "the sample business")
                    : tenants.front();
  settings::LocationId first;
  daybook.read(*tenant, [&](core::View& view) { first = view.cached<settings::Places>(settings::places).first()->id; });
  must(core::all_or_nothing(daybook, tenant, core::Actor::system("demo"),
                            [&](core::Batch& batch) { return Founder(batch).run(tenant->id, first); }),
       "the sample business");
  return Founding::founded;
}

std::string demo_invitation(core::Daybook& daybook, Founding founding, const Host& host) {
  const auto tenant = daybook.tenant(demo_slug);
  if (!tenant) return {};
  std::string item;
  daybook.read(*tenant, [&](core::View& view) {
    for (auto& [id, one] : view.cached<catalog::Menu>(catalog::menu).items)
      if (one.sku == "five_cheese" || item.empty()) item = id.text();
  });
  const auto program = shell_quoted(host.program),
             data = host.data == "./data" ? std::string() : " --data " + shell_quoted(host.data);
  // On existing data nothing is written, not even a token: the command makes one when it is run.
  std::string token =
      "$(" + program + " token" + data + " --tenant " + std::string(demo_slug) + " --role staff --ttl 1h 2>/dev/null)";
  if (founding == Founding::founded) {
    const auto& command = daybook.registry().command("identity.create_token");
    core::Call call{.tenant = tenant, .command = &command, .actor = core::Actor::system("demo")};
    call.input = reflect::Value::of(identity::CreateToken{
        .role = "staff", .name = "the first order", .ttl_seconds = base::Count<1, 315'360'000>(24 * 3600)});
    token = reflect::member(must(daybook.execute_and_wait(std::move(call))).body, "token");
  }
  auto at = host.listen;
  if (at.address == "0.0.0.0") at.address = "127.0.0.1";
  if (at.address == "::") at.address = "::1";
  return "\nTry, in another terminal:\n\n"
         "  # place an order\n  curl -s " +
         std::string(host.tls ? "-k https://" : "http://") + at.text() + "/api/v1/orders -H \"Authorization: Bearer " + token +
         "\" -H \"Idempotency-Key: $(date +%s%N)\" -H 'Content-Type: application/json' -d '{\"lines\":[{\"item\":\"" + item +
         "\",\"quantity\":2}]}'\n\n"
         "  # watch what happens\n  " +
         program + " tail" + data + " --tenant " + std::string(demo_slug) +
         "\n\n"
         "  # play a real Friday of the restaurant, an hour a minute\n  " +
         program + " replay" + data + " --tenant " + std::string(demo_slug) + " --speed 60\n\n";
}

}  // namespace program
