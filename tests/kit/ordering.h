#pragma once
#include "modules/sell/catalog/catalog.h"
#include "modules/sell/kitchen/kitchen.h"
#include "modules/sell/orders/inputs.h"
#include "modules/sell/pricing/pricing.h"
#include "modules/settings/settings.h"
#include "tests/kit/shop.h"

// A small restaurant for tests of orders: soup and pasta from the stove, tea from the bar, water from nowhere; no taxes.
namespace kit {

struct Ordering : ShopTest {
  Ordering()
      : ShopTest({&settings::module, &catalog::module, &pricing::module, &tickets::module, &orders::module, &kitchen::module}) {
    stove = shop.call<tickets::Station>("tickets.create_station", R"({"name":"Stove"})").id.text();
    bar = shop.call<tickets::Station>("tickets.create_station", R"({"name":"Bar"})").id.text();
    soup = item("Soup", 650, stove);
    pasta = item("Pasta", 1000, stove);
    tea = item("Tea", 300, bar);
    water = item("Water", 200, "");
    shop.events();
  }

  std::string item(std::string_view name, int price, std::string_view station, std::string_view more = "") {
    const auto stations = station.empty() ? std::string("[]") : "[\"" + std::string(station) + "\"]";
    return shop
        .call<catalog::Item>("catalog.create_item", R"({"name":")" + std::string(name) + R"(","price":{"amount":)" +
                                                        std::to_string(price) + R"(,"currency":"EUR"},"stations":)" + stations +
                                                        std::string(more) + '}')
        .id.text();
  }
  static std::string line(std::string_view item, int quantity = 1, std::string_view more = "") {
    return R"({"item":")" + std::string(item) + R"(","quantity":)" + std::to_string(quantity) + std::string(more) + '}';
  }
  static std::string body(std::string_view lines, std::string_view more = "") {
    return R"({"type":"dine_in","lines":[)" + std::string(lines) + "]" + std::string(more) + '}';
  }
  orders::Order place(std::string_view lines, std::string_view more = "") {
    return shop.call<orders::Order>("orders.place", body(lines, more));
  }
  orders::Order place_one() { return place(line(soup)); }
  orders::Order move(std::string_view command, const orders::Order& order, std::string_view more = "") {
    return shop.call<orders::Order>(command, by(order, more));
  }
  static std::string by(const orders::Order& order, std::string_view more = "") {
    return R"({"id":")" + order.id.text() + '"' + std::string(more) + '}';
  }
  static std::string by_line(const orders::Order& order, std::size_t line, std::string_view more = "") {
    return R"({"order":")" + order.id.text() + R"(","line":")" + order.lines[line].id.text() + '"' + std::string(more) + '}';
  }
  static std::string line_patch(const orders::Order& order, std::size_t line, std::string_view patch) {
    return by_line(order, line, R"(,"patch":)" + std::string(patch));
  }
  static With at_version(std::int64_t version) { return {.actor = owner(), .key = {}, .if_match = version}; }
  orders::Order now(const orders::Order& order) { return shop.ask<orders::Order>("orders.get_order", by(order)); }
  std::vector<tickets::Ticket> tickets_now(std::string_view filter = "{}") {
    return shop.list<tickets::Ticket>("tickets.list_ticket", filter);
  }
  void bump(const tickets::Ticket& t) { shop.call<tickets::Ticket>("kitchen.bump", R"({"id":")" + t.id.text() + R"("})"); }
  std::string verified() {
    auto connection = shop.daybook().database().connect(db::Access::read);
    return core::verify(*connection, shop.daybook().registry(), {}).broken;
  }

  std::string stove, bar, soup, pasta, tea, water;
};

}  // namespace kit
