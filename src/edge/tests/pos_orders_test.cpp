#include <thread>

#include "edge/pos_acks.h"
#include "edge/pos_messages.h"
#include "tests/kit/ordering.h"

namespace edge::test {

namespace {

using kit::Lines;
using PosOrders = kit::Ordering;
KIT_ON_BOTH_ENGINES(PosOrders)

// What terminals were told since the last look, "new_order 1 waiting" each; an update with what it was before.
Lines told(kit::Shop& shop) {
  Lines lines;
  for (auto& e : shop.entries()) {
    Entry entry(e);
    const auto text = entry.text(Form::pos, 0, [](const core::Event& given) { return pos_event(given, "shop"); });
    if (!text) continue;
    const auto data = reflect::member(*text, "data");
    const auto before = reflect::member(data, "previousStatus");
    lines.push_back(reflect::member(*text, "type") + ' ' + reflect::member(data, "orderNumber") + ' ' +
                    (before.empty() ? "" : before + " -> ") + reflect::member(data, "status"));
  }
  return lines;
}

}  // namespace

// The real module and the terminals' language know nothing of each other but the public form.
TEST_P(PosOrders, ARealOrdersLifeIsTold) {
  auto order = place(line(soup, 2) + ',' + line(tea), R"(,"customer":{"name":"Ann"},"note":"Window")");
  const auto entries = shop.entries();
  const auto entry = *std::ranges::find(entries, "order.opened", [](auto& e) { return e->type; });
  const auto parts = pos_event(*entry, "shop");
  EXPECT_EQ(parts.after, R"(,"data":{"orderId":")" + order.id.text() +
                             R"(","orderNumber":1,"customerName":"Ann","orderType":"dine_in","totalAmount":16.00,"items":[)"
                             R"({"name":"Soup","quantity":2,"price":6.50,"modifiers":[],"notes":null},)"
                             R"({"name":"Tea","quantity":1,"price":3.00,"modifiers":[],"notes":null}],)"
                             R"("specialInstructions":"Window","status":"waiting","source":"pos"}})");
  move("orders.start", order);
  move("orders.ready", order);
  move("orders.complete", order);
  EXPECT_EQ(told(shop), (Lines{"order_updated 1 waiting -> preparing", "order_updated 1 preparing -> ready",
                               "order_updated 1 ready -> completed"}));
}

TEST_P(PosOrders, DraftsProposalsAndVoidsAreTold) {
  const auto draft = place(line(soup), R"(,"draft":true)");
  EXPECT_EQ(told(shop), Lines{});
  move("orders.place_draft", draft);
  EXPECT_EQ(told(shop), Lines{"new_order 1 waiting"});
  const auto online = place(line(soup), R"(,"source":"online")");
  move("orders.accept", online);
  const auto declined = place(line(soup), R"(,"source":"online")");
  move("orders.reject", declined, R"(,"reason":"no soup")");
  EXPECT_EQ(told(shop), (Lines{"new_order 2 proposed", "order_updated 2 proposed -> waiting", "new_order 3 proposed",
                               "order_updated 3 proposed -> rejected"}));
  move("orders.void", online, R"(,"reason":"left")");
  EXPECT_EQ(told(shop), Lines{"order_updated 2 waiting -> voided"});
}

TEST_P(PosOrders, AcknowledgementsAreKeptOnBothEngines) {
  const auto acks = std::make_shared<Acks>(shop.daybook());
  EXPECT_FALSE(acks->find(*shop.tenant(), "usr_a"));
  EXPECT_TRUE(acks->put(shop.tenant(), "usr_a", {"e1", 7}));
  EXPECT_FALSE(acks->put(shop.tenant(), "usr_b", {"e1", 9})) << "one flush is arranged already";
  EXPECT_EQ(acks->find(*shop.tenant(), "usr_a")->seq, 7) << "before it is in the database";
  const auto flush = [&](std::uint64_t rows) {
    acks->flush();
    for (int i = 0; i < 5000 && acks->flushed() < rows; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_EQ(acks->flushed(), rows);
  };
  flush(2);
  EXPECT_TRUE(acks->put(shop.tenant(), "usr_a", {"e2", 8}));
  flush(3);
  const auto later = std::make_shared<Acks>(shop.daybook());
  EXPECT_EQ(later->find(*shop.tenant(), "usr_a")->text(), "e2:8");
  EXPECT_EQ(later->find(*shop.tenant(), "usr_b")->text(), "e1:9");
  EXPECT_FALSE(later->find(*shop.tenant(), "usr"));
}

}  // namespace edge::test
