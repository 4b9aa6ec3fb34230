#include "tests/kit/ordering.h"

namespace {

using kit::Lines;
using Placing = kit::Ordering;
KIT_ON_BOTH_ENGINES(Placing)

TEST_P(Placing, PricesNumbersAndFiresInOneCommit) {
  const auto order = place(line(soup, 2) + ',' + line(tea));
  EXPECT_EQ(order.state, orders::State::open);
  EXPECT_EQ(order.fulfilment, orders::Fulfilment::waiting);
  EXPECT_EQ(order.number, 1);
  EXPECT_EQ(base::print_date(*order.business_date), "2025-11-03");
  EXPECT_EQ(order.total.minor(), 1600);
  const auto made = tickets_now();
  ASSERT_EQ(made.size(), 2U);
  EXPECT_EQ(shop.events(), (Lines{"ticket.created ticket/" + made[0].id.text(), "ticket.created ticket/" + made[1].id.text(),
                                  "order.opened order/" + order.id.text()}));
  EXPECT_EQ(place_one().number, 2);
  EXPECT_EQ(verified(), "");
}

TEST_P(Placing, OneTicketForEachStationAndFire) {
  place(line(soup) + ',' + line(pasta) + ',' + line(tea) + ',' + line(water));
  std::map<std::string, std::size_t> lines;
  for (auto& t : tickets_now()) lines[t.station ? t.station->text() : ""] = t.lines.size();
  EXPECT_EQ(lines, (std::map<std::string, std::size_t>{{"", 1}, {bar, 1}, {stove, 2}}));
}

TEST_P(Placing, TheSameIdIsTheSameOrderForEver) {
  const std::string id = R"(,"id":"ord_01jqm3vh6e7s8v3jq0a1b2c3d4")";
  const auto first = place(line(soup), id);
  shop.events();
  move("orders.ready", first);
  move("orders.complete", first);
  shop.events();
  const auto again = shop.execute("orders.place", body(line(soup), id));
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->status, 200);
  EXPECT_EQ(reflect::member(again->body, "state"), "closed");  // as it is now
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(shop.refused("orders.place", body(line(soup, 2), id)), "422 idempotency.reused");
}

TEST_P(Placing, ARefusedOrderLeavesNoTrace) {
  shop.call<catalog::Item>("catalog.sold_out", R"({"id":")" + tea + R"("})");
  shop.events();
  EXPECT_TRUE(shop.refused("orders.place", body(line(soup) + ',' + line(tea))).starts_with("409 catalog.sold_out"));
  EXPECT_TRUE(
      shop.refused("orders.place", body(line("itm_01jqm3vh6e7s8v3jq0a1b2c3d4"))).starts_with("422 catalog.unknown_item"));
  EXPECT_EQ(shop.refused("orders.place", body("")), "422 input.invalid /lines");
  EXPECT_EQ(shop.refused("orders.place", body(line(soup, 0))), "422 orders.zero_quantity /lines/0/quantity");
  EXPECT_EQ(shop.refused("orders.place", body(line(soup), R"(,"discounts":[{"percent":"10","line":3}])")),
            "422 input.invalid /discounts/0/line");
  EXPECT_EQ(shop.refused("orders.place", body(line(soup)), {.actor = kit::actor({"orders.read"})}), "403 auth.forbidden");
  EXPECT_EQ(place_one().number, 1);  // no number was used up
}

TEST_P(Placing, EveryOffendingMemberOfEveryLineIsTold) {
  shop.call<catalog::Item>("catalog.sold_out", R"({"id":")" + tea + R"("})");
  const std::string nothing = "itm_01jqm3vh6e7s8v3jq0a1b2c3d4";
  EXPECT_EQ(shop.refused("orders.place",
                         body(line(tea) + ',' + line(soup) + ',' + line(nothing, 0) + ',' +
                                  line(soup, 1, R"(,"modifiers":["mod_01jqm3vh6e7s8v3jq0a1b2c3d4","x"])"),
                              R"(,"discounts":[{},{"percent":"5","line":9}],"table":"tbl_01jqm3vh6e7s8v3jq0a1b2c3d4")")),
            "422 orders.unknown_table /table /lines/0/item /lines/2/quantity /lines/2/item /lines/3/modifiers/0 "
            "/lines/3/modifiers/1 /discounts/0 /discounts/1/line");
}

TEST_P(Placing, WaitsForTheDatabaseAtMostTwice) {
  place_one();  // warms the menu
  const auto& command = shop.daybook().registry().command("orders.place");
  auto input = kit::input_of(command, body(line(soup) + ',' + line(tea), R"(,"id":"ord_01jqm3vh6e7s8v3jq0a1b2c3d5")"));
  std::int64_t waited = -1;
  const auto done = shop.daybook().work_and_wait(shop.tenant(), [&](core::Group& group, core::Tenant& tenant) {
    const auto who = kit::owner();
    const core::Request request;
    auto tx = group.tx(tenant, who, request, "0123456789abcdef");
    const auto before = group.connection().awaited();
    EXPECT_TRUE(command.call(tx, who, *input));
    waited = group.connection().awaited() - before;
    tx.undo();
  });
  ASSERT_TRUE(done);
  EXPECT_LE(waited, 2);
  EXPECT_GT(waited, 0);
}

TEST_P(Placing, TheBusinessDayEndsAtTheClosingHourAlsoWhenTheClocksChange) {
  const auto place_in = [&](std::string_view zone, std::string_view closing, std::string_view at) {
    const auto location = shop.call<settings::Location>(
        "settings.create_location", R"({"name":"L","currency":"EUR","time_zone":")" + std::string(zone) + R"(","closing":")" +
                                        std::string(closing) + R"("})");
    shop.set_clock(at);
    return base::print_date(*place(line(soup), R"(,"location":")" + location.id.text() + '"').business_date);
  };
  // Time goes forward: the log never runs behind itself.
  EXPECT_EQ(place_in("Europe/Berlin", "03:00", "2026-03-29T00:59:00Z"), "2026-03-28");  // 01:59, then comes 03:00
  EXPECT_EQ(place_in("Europe/Berlin", "03:00", "2026-03-29T01:00:00Z"), "2026-03-29");
  EXPECT_EQ(place_in("America/New_York", "04:00", "2026-11-01T05:30:00Z"), "2026-10-31");  // 01:30 the first time
  EXPECT_EQ(place_in("America/New_York", "04:00", "2026-11-01T06:30:00Z"), "2026-10-31");  // 01:30 again
  EXPECT_EQ(place_in("America/New_York", "03:00", "2026-11-01T07:59:00Z"), "2026-10-31");  // 02:59
  EXPECT_EQ(place_in("America/New_York", "03:00", "2026-11-01T08:00:00Z"), "2026-11-01");  // 03:00
}

TEST_P(Placing, CurrenciesWithoutAndWithThreeDecimals) {
  const auto yen = shop.call<settings::Location>("settings.create_location",
                                                 R"({"name":"Tokyo","currency":"JPY","time_zone":"Asia/Tokyo"})");
  EXPECT_TRUE(shop.refused("orders.place", body(line(soup), R"(,"location":")" + yen.id.text() + '"'))
                  .starts_with("422 orders.currency"));
}

TEST_P(Placing, AQuoteIsTheOrderWithNothingWritten) {
  const auto before = shop.contents();
  const auto quote = shop.ask<orders::Quote>("orders.calculate", body(line(soup, 2), R"(,"discounts":[{"percent":"10"}])"));
  EXPECT_EQ(shop.contents(), before);
  EXPECT_EQ(quote.total.minor(), 1170);
  const auto order = place(line(soup, 2), R"(,"discounts":[{"percent":"10"}])");
  EXPECT_EQ(order.total, quote.total);
  const auto told = shop.ask<pricing::Explanation>("orders.explain", by(order));
  EXPECT_EQ(told.totals.total, order.total);
  EXPECT_FALSE(told.steps.empty());
}

TEST_P(Placing, ADraftIsNoOrderUntilItIsPlaced) {
  const auto draft = place(line(soup), R"(,"draft":true)");
  EXPECT_EQ(draft.state, orders::State::draft);
  EXPECT_FALSE(draft.number);
  EXPECT_TRUE(tickets_now().empty());
  EXPECT_EQ(shop.events(), Lines{"order.drafted order/" + draft.id.text()});
  const auto placed = move("orders.place_draft", draft);
  EXPECT_EQ(placed.number, 1);
  EXPECT_EQ(tickets_now().size(), 1U);
  EXPECT_EQ(shop.refused("orders.discard", by(draft)), "409 orders.illegal_transition");
}

TEST_P(Placing, AGuestsOrderIsProposedAcceptedOrExpires) {
  const auto first = place(line(soup), R"(,"source":"online")"), second = place(line(soup), R"(,"source":"online")"),
             third = place(line(soup), R"(,"source":"online")");
  EXPECT_EQ(first.state, orders::State::proposed);
  EXPECT_EQ(*first.accept_by, shop.now() + std::chrono::minutes(10));
  EXPECT_TRUE(tickets_now().empty());
  EXPECT_EQ(move("orders.accept", first).state, orders::State::open);
  EXPECT_EQ(tickets_now().size(), 1U);
  EXPECT_EQ(move("orders.reject", second, R"(,"reason":"no soup")").state, orders::State::rejected);
  shop.events();
  shop.pass(std::chrono::minutes(10));
  shop.run_schedules();
  EXPECT_EQ(shop.events(), Lines{"order.expired order/" + third.id.text()});
  EXPECT_EQ(shop.refused("orders.accept", by(third)), "409 orders.illegal_transition");
  EXPECT_EQ(verified(), "");
}

TEST_P(Placing, ClosedHoursStopOnlineOrdersAlone) {
  const auto location = shop.call<settings::Location>(
      "settings.create_location",
      R"({"name":"Day","currency":"EUR","time_zone":"UTC","hours":[{"days":["monday"],"from":"09:00","until":"11:00"}]})");
  const auto there = R"(,"location":")" + location.id.text() + '"';
  EXPECT_EQ(shop.refused("orders.place", body(line(soup), there + R"(,"source":"online")")), "409 orders.location_closed");
  EXPECT_EQ(place(line(soup), there).state, orders::State::open);
}

}  // namespace
