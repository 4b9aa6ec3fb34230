#include <random>

#include "tests/kit/ordering.h"

namespace {

using kit::Lines;
using Changing = kit::Ordering;
KIT_ON_BOTH_ENGINES(Changing)

TEST_P(Changing, BeforeFireALineIsEditedPlainly) {
  auto order = place(line(soup, 1, R"(,"hold":true)") + ',' + line(tea));
  shop.events();
  order = shop.call<orders::Order>("orders.change_line", by_line(order, 0, R"(,"quantity":3)"), at_version(order.version));
  EXPECT_EQ(order.total.minor(), 3 * 650 + 300);
  EXPECT_EQ(shop.events(), Lines{"order.changed order/" + order.id.text()});
  order = shop.call<orders::Order>("orders.remove_line", by_line(order, 0), at_version(order.version));
  EXPECT_EQ(order.lines.size(), 1U);
  EXPECT_EQ(shop.refused("orders.remove_line", by_line(order, 0), at_version(order.version)), "409 orders.last_line");
}

TEST_P(Changing, AfterFireTheKitchenGetsTheDifference) {
  auto order = place(line(soup) + ',' + line(tea));
  order = shop.call<orders::Order>("orders.change_line", by_line(order, 0, R"(,"quantity":3)"), at_version(order.version));
  const auto told = tickets_now(R"({"kind":"change"})");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].lines[0].was, base::Quantity::of(1));
  EXPECT_EQ(told[0].lines[0].quantity, base::Quantity::of(3));
  EXPECT_EQ(shop.refused("orders.change_line", by_line(order, 0, R"(,"modifiers":[])"), at_version(order.version)),
            "409 orders.fixed_after_fire");
  EXPECT_EQ(verified(), "");
}

TEST_P(Changing, AFiredLineIsVoidedWithReasonAndPermission) {
  auto order = place(line(soup) + ',' + line(pasta) + ',' + line(tea));
  EXPECT_EQ(shop.refused("orders.remove_line", by_line(order, 0), at_version(order.version)),
            "422 orders.reason_missing /reason");
  EXPECT_EQ(shop.refused("orders.remove_line", by_line(order, 0, R"(,"reason":"fell")"),
                         {.actor = kit::actor({"orders.write"}), .key = {}, .if_match = order.version}),
            "403 auth.forbidden");
  order = shop.call<orders::Order>("orders.remove_line", by_line(order, 0, R"(,"reason":"fell")"), at_version(order.version));
  EXPECT_EQ(order.lines[0].state, orders::LineState::voided);
  EXPECT_EQ(order.total.minor(), 1300);
  EXPECT_EQ(tickets_now(R"({"kind":"cancel"})").size(), 1U);  // the stove has pasta left on its ticket
  shop.events();
  order = shop.call<orders::Order>("orders.remove_line", by_line(order, 2, R"(,"reason":"cold")"), at_version(order.version));
  const auto said = shop.events();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(said[0].starts_with("ticket.cancelled"));  // the bar has nothing left on its
  EXPECT_EQ(verified(), "");
}

TEST_P(Changing, AStaleVersionIsRefused) {
  const auto order = place_one();
  EXPECT_EQ(shop.refused_change("orders.change", order.id.text(), R"({"note":"quick"})", at_version(7)), "412 version.stale");
  const auto changed =
      shop.change<orders::Order>("orders.change", order.id.text(), R"({"note":"quick"})", at_version(order.version));
  EXPECT_EQ(*changed.note, "quick");
  EXPECT_EQ(shop.refused_change("orders.change", order.id.text(), R"({"state":"closed"})", at_version(changed.version)),
            "422 input.invalid /state");
}

TEST_P(Changing, WrongMovesSayWhatIsAllowed) {
  const auto order = place_one();
  const auto refused = shop.execute("orders.complete", by(order));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "orders.illegal_transition");
  std::map<std::string, base::ProblemValue> members(refused.error().members.begin(), refused.error().members.end());
  EXPECT_EQ(std::get<std::string>(members["from"]), "waiting");
  EXPECT_EQ(std::get<std::string>(members["to"]), "completed");
  EXPECT_EQ(std::get<std::vector<std::string>>(members["allowed"]), (std::vector<std::string>{"preparing", "ready"}));
}

TEST_P(Changing, AVoidedOrderStopsTheKitchen) {
  const auto order = place(line(soup) + ',' + line(tea));
  shop.events();
  const auto gone = move("orders.void", order, R"(,"reason":"left")");
  EXPECT_EQ(gone.state, orders::State::voided);
  EXPECT_EQ(gone.fulfilment, orders::Fulfilment::cancelled);
  EXPECT_TRUE(tickets_now().empty());
  EXPECT_EQ(shop.events().size(), 3U);
}

TEST_P(Changing, SplitByLinesAndSeatsKeepsEveryCent) {
  const auto order =
      place(line(soup, 1, R"(,"seat":1)") + ',' + line(pasta, 1, R"(,"seat":2)") + ',' + line(tea, 1, R"(,"seat":1)"),
            R"(,"discounts":[{"percent":"33.333"}])");
  const auto split = shop.call<orders::SplitResult>("orders.split", by(order, R"(,"seats":[[1]])"));
  ASSERT_EQ(split.orders.size(), 1U);
  EXPECT_EQ(split.order.total + split.orders[0].total, order.total);
  EXPECT_EQ(split.orders[0].lines.size(), 2U);
  EXPECT_EQ(split.orders[0].split_from, order.id);
  EXPECT_EQ(split.orders[0].number, 2);
  EXPECT_EQ(shop.refused("orders.split", by(split.order, R"(,"seats":[[2]])")), "422 orders.split_how");
  // The tickets know both: when the kitchen is done, each follows.
  for (auto& t : tickets_now()) bump(t);
  EXPECT_EQ(now(split.order).fulfilment, orders::Fulfilment::ready);
  EXPECT_EQ(now(split.orders[0]).fulfilment, orders::Fulfilment::ready);
  const auto merged = move("orders.merge", split.order, R"(,"from":")" + split.orders[0].id.text() + '"');
  EXPECT_EQ(merged.total, order.total);
  EXPECT_EQ(merged.discount_total, order.discount_total);
  EXPECT_EQ(now(split.orders[0]).merged_into, merged.id);
  EXPECT_EQ(verified(), "");
}

TEST_P(Changing, SplitIntoChecks) {
  const auto order = place(line(pasta, 1) + ',' + line(tea, 1));
  const auto split = shop.call<orders::SplitResult>("orders.split", by(order, R"(,"parts":3)"));
  ASSERT_EQ(split.checks.size(), 3U);
  EXPECT_EQ(split.checks[0].total.minor(), 434);
  EXPECT_EQ(split.checks[2].total.minor(), 433);
}

}  // namespace
