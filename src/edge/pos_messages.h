#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/event.h"
#include "edge/live_entry.h"

// What point-of-sale terminals speak on /ws/pos/{tenant} (docs/api.md §3): one JSON object a message, camelCase.
namespace edge {

// What a terminal is told of an order, read from an event's public form: unknown members do not matter, nor missing ones.
struct PosCustomer {
  std::optional<std::string> name;
};
RECORD(PosCustomer, name)
struct PosModifier {
  std::string name;
  std::optional<base::Quantity> quantity;
};
RECORD(PosModifier, name, quantity)
struct PosLine {
  std::string name;
  std::optional<std::string> variant_name;
  base::Quantity quantity = base::Quantity::of(1);
  std::optional<base::Money> unit_price;
  std::vector<PosModifier> modifiers;
  std::optional<std::string> note, state;
};
RECORD(PosLine, name, variant_name, quantity, unit_price, modifiers, note, state)
struct PosOrder {
  std::string id;
  std::optional<std::int64_t> number;
  std::string state, fulfilment, type, source;
  std::optional<PosCustomer> customer;
  std::optional<std::string> note;
  std::vector<PosLine> lines;
  std::optional<base::Money> total;
};
RECORD(PosOrder, id, number, state, fulfilment, type, source, customer, note, lines, total)

// new_order or order_updated, chained; Use::none for events that concern no order, and for drafts.
// Throws std::runtime_error when the event's data is no order.
Parts pos_event(const core::Event&, std::string_view tenant);

// What a terminal says. A member that is not for its type is ignored.
struct PosClient {
  std::string type;                  // auth, resume, ack, ping
  std::optional<std::string> token;  // auth
  std::optional<base::Json> after;   // auth, resume: a number, or "epoch:seq"
  std::optional<std::string> epoch;  // auth, resume
  std::optional<std::int64_t> seq;   // ack
};
RECORD(PosClient, type, token, after, epoch, seq)
// None when the frame is no JSON object with a `type`.
std::optional<PosClient> read_pos_client(std::string_view frame);
// Where it wants to go on: nothing without `after`; position.malformed.
base::Result<std::optional<core::Position>> position_of(const PosClient&);

std::string pos_ready(std::string_view tenant, const core::Position&);
std::string pos_resumed(std::int64_t after);
std::string pos_mark(std::int64_t seq, std::int64_t prev, bool live);
std::string pos_sync_required(std::string_view reason, std::int64_t seq);
// {"type":"error","code","detail"}: the message was understood but cannot be obeyed; the socket stays.
std::string pos_error(std::string_view code, std::string_view detail);
inline constexpr std::string_view pos_pong = R"({"type":"pong"})";

}  // namespace edge
