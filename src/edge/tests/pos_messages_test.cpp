#include "edge/pos_messages.h"

#include <gtest/gtest.h>

#include "reflect/json.h"

namespace edge::test {

namespace {

core::Event event(std::string type, std::string body, std::string changed = "[]") {
  core::Event e;
  e.seq = 48124;
  e.epoch = "01jx";
  e.time = *base::parse_instant("2025-10-10T22:15:00.123Z");
  e.type = std::move(type);
  e.subject = "order/ord_7";
  e.body = base::Json(std::move(body));
  e.changed = base::Json(std::move(changed));
  return e;
}

std::string order(std::string_view state, std::string_view fulfilment, std::string_view more = "") {
  return R"({"id":"ord_7","number":17,"state":")" + std::string(state) + R"(","fulfilment":")" + std::string(fulfilment) +
         R"(","type":"pickup","source":"online","lines":[],"total":{"amount":2499,"currency":"GBP"})" + std::string(more) + '}';
}

// The whole message as it goes out behind number 48120; "" when there is none.
std::string message(const core::Event& e) {
  Entry entry(std::make_shared<const core::Event>(e));
  const auto text = entry.text(Form::pos, 48120, [](const core::Event& given) { return pos_event(given, "kitchen"); });
  return text ? *text : "";
}
std::string data_member(const core::Event& e, std::string_view name) {
  return reflect::member(reflect::member(message(e), "data"), name);
}
std::string change_of(std::string_view pointer, std::string_view from, std::string_view to) {
  return R"([{"pointer":")" + std::string(pointer) + R"(","from":")" + std::string(from) + R"(","to":")" + std::string(to) +
         R"("}])";
}

}  // namespace

TEST(PosMessages, ANewOrderLooksExactlyLikeThis) {
  const auto e = event(
      "order.opened",
      order("open", "waiting",
            R"(,"customer":{"name":"Ann \"A\" Lee","phone":"1"},"note":"Ring twice","lines":[)"
            R"({"name":"Pizza","variant_name":"Large","quantity":2,"unit_price":{"amount":1050,"currency":"GBP"},"modifiers":[)"
            R"({"id":"m","name":"Olives","price":{"amount":50,"currency":"GBP"},"quantity":1},{"name":"Ham","quantity":2}],)"
            R"("note":"Hot","state":"fired"},)"
            R"({"name":"Cheese","quantity":"0.25","unit_price":{"amount":399,"currency":"GBP"},"modifiers":[],"state":"held"},)"
            R"({"name":"Gone","quantity":1,"unit_price":{"amount":1,"currency":"GBP"},"state":"voided"}])"));
  EXPECT_EQ(
      message(e),
      R"({"type":"new_order","tenant":"kitchen","timestamp":"2025-10-10T22:15:00.123Z","seq":48124,"prev":48120,"data":{)"
      R"("orderId":"ord_7","orderNumber":17,"customerName":"Ann \"A\" Lee","orderType":"pickup","totalAmount":24.99,"items":[)"
      R"~({"name":"Pizza (Large)","quantity":2,"price":10.50,"modifiers":["Olives","2 × Ham"],"notes":"Hot"},)~"
      R"({"name":"Cheese","quantity":"0.25","price":3.99,"modifiers":[],"notes":null}],)"
      R"("specialInstructions":"Ring twice","status":"waiting","source":"online"}})");
}

TEST(PosMessages, AnAmountHasTheDecimalsOfItsCurrency) {
  const auto of = [](std::string_view amount) {
    return event("order.opened", R"({"id":"ord_7","state":"open","fulfilment":"waiting","total":)" + std::string(amount) + '}');
  };
  EXPECT_TRUE(message(of(R"({"amount":700,"currency":"JPY"})")).contains(R"("totalAmount":700,)"));
  EXPECT_TRUE(message(of(R"({"amount":5,"currency":"GBP"})")).contains(R"("totalAmount":0.05,)"));
  EXPECT_TRUE(message(of(R"({"amount":9007199254740991,"currency":"KWD"})")).contains(R"("totalAmount":9007199254740.991,)"));
}

TEST(PosMessages, AnOrderIsNewWhenTheShopFirstSeesIt) {
  const auto type = [](const core::Event& e) { return reflect::member(message(e), "type"); };
  EXPECT_EQ(type(event("order.proposed", order("proposed", "waiting"))), "new_order");
  EXPECT_EQ(type(event("order.opened", order("open", "waiting"))), "new_order");
  EXPECT_EQ(type(event("order.opened", order("open", "waiting"), change_of("/state", "draft", "open"))), "new_order");
  EXPECT_EQ(type(event("order.opened", order("open", "waiting"), change_of("/state", "proposed", "open"))), "order_updated");
  EXPECT_EQ(type(event("order.changed", order("open", "ready"), change_of("/fulfilment", "preparing", "ready"))),
            "order_updated");
  EXPECT_EQ(type(event("order.fired", order("open", "waiting"))), "order_updated");
  EXPECT_EQ(type(event("order.erased", order("closed", "completed"))), "order_updated");
}

TEST(PosMessages, ADraftIsNotTold) {
  EXPECT_EQ(message(event("order.drafted", order("draft", "waiting"))), "");
  EXPECT_EQ(message(event("order.changed", order("draft", "waiting"), change_of("/note", "a", "b"))), "");
  EXPECT_EQ(message(event("order.discarded", order("discarded", "waiting"), change_of("/state", "draft", "discarded"))), "");
  EXPECT_EQ(message(event("order.deleted", R"({"id":"ord_7","version":3,"deleted":true})")), "");
}

TEST(PosMessages, StatusIsTheFulfilmentOrTheStateThatSaysMore) {
  EXPECT_EQ(data_member(event("order.proposed", order("proposed", "waiting")), "status"), "proposed");
  EXPECT_EQ(data_member(event("order.closed", order("closed", "completed"), change_of("/state", "open", "closed")), "status"),
            "completed");
  const auto voided =
      event("order.voided", order("voided", "cancelled"),
            R"([{"pointer":"/fulfilment","from":"ready","to":"cancelled"},{"pointer":"/state","from":"open","to":"voided"}])");
  EXPECT_EQ(data_member(voided, "status"), "voided");
  EXPECT_EQ(data_member(voided, "previousStatus"), "ready");
  const auto accepted = event("order.opened", order("open", "waiting"), change_of("/state", "proposed", "open"));
  EXPECT_EQ(data_member(accepted, "previousStatus"), "proposed");
  EXPECT_EQ(data_member(accepted, "status"), "waiting");
  const auto noted = event("order.changed", order("open", "ready"), R"([{"pointer":"/note","from":null,"to":"x"}])");
  EXPECT_EQ(data_member(noted, "previousStatus"), "ready");
}

TEST(PosMessages, WhatIsNoOrderIsNotTold) {
  auto e = event("ticket.created", "{}");
  e.subject = "ticket/tkt_1";
  EXPECT_EQ(message(e), "");
  EXPECT_THROW(pos_event(event("order.opened", "[]"), "kitchen"), std::runtime_error);
}

TEST(PosMessages, ATerminalSaysWhereItWantsToGoOn) {
  const auto at = [](std::string_view frame) {
    const auto client = read_pos_client(frame);
    if (!client) return std::string("no message");
    const auto position = position_of(*client);
    if (!position) return std::string(position.error().code);
    return *position ? (*position)->text() : std::string("nowhere");
  };
  EXPECT_EQ(at(R"({"type":"resume","after":48120,"epoch":"01jx"})"), "01jx:48120");
  EXPECT_EQ(at(R"({"type":"resume","after":"01jx:48120"})"), "01jx:48120");
  EXPECT_EQ(at(R"({"type":"resume","after":48120})"), ":48120");
  EXPECT_EQ(at(R"({"type":"auth","token":"t","device":{"x":1}})"), "nowhere");
  for (auto bad : {R"({"type":"resume","after":-1})", R"({"type":"resume","after":"x"})", R"({"type":"resume","after":1.5})",
                   R"({"type":"resume","after":[]})"})
    EXPECT_EQ(at(bad), "position.malformed") << bad;
  for (auto bad : {"", "{", "[]", "1", "{}", R"({"type":7})", R"({"type":""})", "\xff"})
    EXPECT_EQ(at(bad), "no message") << bad;
}

TEST(Entry, AMessageIsMadeOnceForAllConnections) {
  Entry entry(std::make_shared<const core::Event>(event("order.opened", order("open", "waiting"))));
  int made = 0;
  const auto at = [&](std::int64_t prev) {
    return entry.text(Form::pos, prev, [&](const core::Event& e) {
      ++made;
      return pos_event(e, "kitchen");
    });
  };
  const auto first = at(1), again = at(1), other = at(2);
  EXPECT_EQ(made, 1);
  EXPECT_EQ(first, again) << "the same bytes are shared";
  EXPECT_TRUE(other->contains("\"prev\":2,"));
  EXPECT_TRUE(first->contains("\"prev\":1,"));
}

TEST(Entries, AnErasedEventIsNotServedFromWhatWasMadeOfTheOldOne) {
  Entries entries;
  const auto old =
      std::make_shared<const core::Event>(event("order.opened", R"({"id":"ord_7","state":"open","customer":{"name":"Ann"}})"));
  const auto emptied =
      std::make_shared<const core::Event>(event("order.opened", R"({"id":"ord_7","state":"open","customer":{"name":null}})"));
  const auto text = [&](const core::EventPtr& e) {
    return *entries.of(1, std::span(&e, 1)).front()->text(Form::pos, 0, [](const core::Event& given) {
      return pos_event(given, "kitchen");
    });
  };
  EXPECT_TRUE(text(old).contains("Ann"));
  EXPECT_EQ(entries.of(1, std::span(&old, 1)).front(), entries.of(1, std::span(&old, 1)).front());
  EXPECT_FALSE(text(emptied).contains("Ann"));
}

}  // namespace edge::test
