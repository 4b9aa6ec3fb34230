#include "tests/kit/ordering.h"

namespace {

using kit::Lines;
using Cooking = kit::Ordering;
KIT_ON_BOTH_ENGINES(Cooking)

TEST_P(Cooking, TheOrderFollowsItsTickets) {
  const auto order = place(line(soup) + ',' + line(tea));
  const auto made = tickets_now();
  shop.events();
  shop.call<tickets::Ticket>("kitchen.start", R"({"id":")" + made[0].id.text() + R"("})");
  EXPECT_EQ(shop.events(), (Lines{"ticket.started ticket/" + made[0].id.text(), "order.changed order/" + order.id.text()}));
  EXPECT_EQ(now(order).fulfilment, orders::Fulfilment::preparing);
  bump(made[0]);
  EXPECT_EQ(now(order).fulfilment, orders::Fulfilment::preparing);
  bump(made[1]);
  EXPECT_EQ(now(order).fulfilment, orders::Fulfilment::ready);
  EXPECT_TRUE(tickets_now().empty());
  const auto closed = move("orders.complete", order);
  EXPECT_EQ(closed.state, orders::State::closed);
  EXPECT_EQ(closed.fulfilment, orders::Fulfilment::completed);
}

TEST_P(Cooking, ARecallReturnsToItsOldPlaceAndTakesTheOrderBack) {
  const auto first = place_one();
  place_one();
  const auto made = tickets_now();
  bump(made[0]);
  EXPECT_EQ(now(first).fulfilment, orders::Fulfilment::ready);
  shop.call<tickets::Ticket>("kitchen.recall", R"({"id":")" + made[0].id.text() + R"("})");
  EXPECT_EQ(tickets_now()[0].id, made[0].id);
  EXPECT_EQ(now(first).fulfilment, orders::Fulfilment::preparing);
  EXPECT_EQ(shop.refused("kitchen.recall", R"({"id":")" + made[0].id.text() + R"("})"), "409 tickets.illegal_transition");
}

TEST_P(Cooking, ReadyBumpsWhatIsLeftAndFiringAgainSendsNothing) {
  const auto order = place(line(soup) + ',' + line(tea, 1, R"(,"hold":true)"));
  EXPECT_EQ(tickets_now().size(), 1U);
  move("orders.fire", order);
  EXPECT_EQ(tickets_now().size(), 2U);
  shop.events();
  EXPECT_EQ(move("orders.fire", order).version, order.version + 1);
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(move("orders.ready", order).fulfilment, orders::Fulfilment::ready);
  EXPECT_TRUE(tickets_now().empty());
}

TEST_P(Cooking, AllDayCountsFollowTheTicketsAndRebuildTheSame) {
  const auto order = place(line(soup, 2) + ',' + line(tea));
  place(line(soup));
  shop.settle();
  const auto counts = shop.ask<kitchen::AllDay>("kitchen.all_day").data;
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].name, "Soup");
  EXPECT_EQ(counts[0].quantity, base::Quantity::of(3));
  shop.call<orders::Order>("orders.change_line", line_patch(order, 0, R"({"quantity":5})"), at_version(order.version));
  bump(tickets_now(R"({"station":")" + bar + R"("})")[0]);
  shop.settle();
  const auto after = shop.query("kitchen.all_day");
  EXPECT_EQ(shop.ask<kitchen::AllDay>("kitchen.all_day").data[0].quantity, base::Quantity::of(6));
  EXPECT_EQ(shop.ask<kitchen::AllDay>("kitchen.all_day").data.size(), 1U);
  ASSERT_TRUE(shop.daybook().readers().rebuild(shop.tenant(), "kitchen.all_day"));
  shop.settle();
  EXPECT_EQ(shop.query("kitchen.all_day"), after);
}

}  // namespace
