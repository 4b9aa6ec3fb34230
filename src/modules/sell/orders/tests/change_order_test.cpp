#include <random>

#include "tests/kit/ordering.h"

namespace {

using kit::Lines;
using Changing = kit::Ordering;
KIT_ON_BOTH_ENGINES(Changing)

TEST_P(Changing, BeforeFireALineIsEditedPlainly) {
  auto order = place(line(soup, 1, R"(,"hold":true)") + ',' + line(tea));
  shop.events();
  order = shop.call<orders::Order>("orders.change_line", line_patch(order, 0, R"({"quantity":3})"), at_version(order.version));
  EXPECT_EQ(order.total.minor(), 3 * 650 + 300);
  EXPECT_EQ(shop.events(), Lines{"order.changed order/" + order.id.text()});
  order = shop.call<orders::Order>("orders.remove_line", by_line(order, 0), at_version(order.version));
  EXPECT_EQ(order.lines.size(), 1U);
  EXPECT_EQ(shop.refused("orders.remove_line", by_line(order, 0), at_version(order.version)), "409 orders.last_line");
}

TEST_P(Changing, AfterFireTheKitchenGetsTheDifference) {
  auto order = place(line(soup) + ',' + line(tea));
  order = shop.call<orders::Order>("orders.change_line", line_patch(order, 0, R"({"quantity":3})"), at_version(order.version));
  const auto told = tickets_now(R"({"kind":"change"})");
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].lines[0].was, base::Quantity::of(1));
  EXPECT_EQ(told[0].lines[0].quantity, base::Quantity::of(3));
  EXPECT_EQ(shop.refused("orders.change_line", line_patch(order, 0, R"({"hold":true})"), at_version(order.version)),
            "409 orders.fixed_after_fire");
  EXPECT_EQ(verified(), "");
}

TEST_P(Changing, NullClearsWhatALineMayDoWithout) {
  auto order = place(line(soup, 1, R"(,"hold":true,"note":"hot","seat":2,"course":1)"));
  const auto patched = [&](std::string_view patch) {
    order = shop.call<orders::Order>("orders.change_line", line_patch(order, 0, patch), at_version(order.version));
    return order.lines[0];
  };
  EXPECT_FALSE(patched(R"({"note":null})").note);
  EXPECT_EQ(order.lines[0].seat, 2);
  EXPECT_FALSE(patched(R"({"seat":null,"course":null})").seat);
  EXPECT_FALSE(order.lines[0].course);
  shop.events();
  EXPECT_EQ(patched(R"({"quantity":1,"note":null})").quantity, base::Quantity::of(1));
  EXPECT_EQ(shop.events(), Lines{}) << "nothing was changed";
  EXPECT_EQ(shop.refused("orders.change_line", line_patch(order, 0, R"({"quantity":null})"), at_version(order.version)),
            "422 input.invalid /quantity");
}

TEST_P(Changing, ALineAddedUnderAnIdIsAddedOnceWhateverBecomesOfIt) {
  const auto order = place_one();
  const auto add = [&](std::string_view rest) {
    return shop.execute("orders.add_line", R"({"order":")" + order.id.text() +
                                               R"(","id":"lin_01jqm3vh6e7s8v3jq0a1b2c3d4","item":")" + tea + '"' +
                                               std::string(rest) + '}');
  };
  const auto added = add("");
  ASSERT_TRUE(added);
  EXPECT_FALSE(added->replayed);
  shop.events();
  const auto again = add(R"(,"quantity":1)");
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->body, added->body);
  EXPECT_EQ(shop.events(), Lines{});
  EXPECT_EQ(add(R"(,"note":"other")").error().code, "idempotency.reused");
  const auto now = kit::from_stored<orders::Order>(added->body);
  shop.call<orders::Order>("orders.remove_line", by_line(now, 1, R"(,"reason":"cold")"), at_version(now.version));
  move("orders.void", now, R"(,"reason":"left")");
  shop.events();
  const auto late = add("");
  ASSERT_TRUE(late);
  EXPECT_TRUE(late->replayed);
  EXPECT_EQ(reflect::member(late->body, "state"), "voided");
  EXPECT_EQ(shop.events(), Lines{});
}

TEST_P(Changing, WhatNoStationPreparesIsCompletedStraightAway) {
  const auto order = place(line(water));
  EXPECT_EQ(tickets_now().size(), 1U);
  const auto done = move("orders.complete", order);
  EXPECT_EQ(done.state, orders::State::closed);
  EXPECT_EQ(done.fulfilment, orders::Fulfilment::completed);
  EXPECT_TRUE(tickets_now().empty()) << "what is handed over is off the screens";
  EXPECT_EQ(shop.refused("orders.complete", by(place(line(water) + ',' + line(tea)))), "409 orders.illegal_transition");
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
