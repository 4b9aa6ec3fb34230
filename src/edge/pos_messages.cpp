#include "edge/pos_messages.h"

#include <stdexcept>

#include "core/log_routes.h"
#include "reflect/json.h"

namespace edge {

RECORD_TYPE(PosCustomer, "An order's customer, as a terminal shows it.")
RECORD_TYPE(PosModifier, "A modifier of a line, as a terminal shows it.")
RECORD_TYPE(PosLine, "A line of an order, as a terminal shows it.")
RECORD_TYPE(PosOrder, "An order, as a terminal shows it.")
RECORD_TYPE(PosClient, "A terminal's message.")

namespace {

struct PosChange {
  std::string pointer;
  std::optional<base::Json> from;
};
RECORD(PosChange, pointer, from)
RECORD_TYPE(PosChange, "A changed member.")
struct PosChanges {
  std::vector<PosChange> changed;
};
RECORD(PosChanges, changed)
RECORD_TYPE(PosChanges, "Changed members.")

// What the order was before. Nothing in `state`: there was no order.
struct Before {
  std::optional<std::string> state;
  std::string fulfilment;
};

std::optional<std::string> text_of(const std::optional<base::Json>& json) {
  if (!json || json->size() < 2 || json->front() != '"') return std::nullopt;
  return json->substr(1, json->size() - 2);  // names of states: nothing is escaped in them
}

Before before(const core::Event& e, const PosOrder& now) {
  Before was{now.state, now.fulfilment};
  const auto changed = e.all_changed();
  const bool opens = e.type == "order.opened" || e.type == "order.proposed";
  if (changed.size() <= 2) {  // a creation has no changes
    if (opens) was.state.reset();
    return was;
  }
  bool state_changed = false;
  const auto read = reflect::from_json<PosChanges>("{\"changed\":" + changed + '}', reflect::Read::stored);
  if (!read) throw std::runtime_error("changes that are none in event " + std::to_string(e.seq));
  for (auto& change : read->changed) {
    if (change.pointer == "/state") {
      was.state = text_of(change.from);
      state_changed = true;
    } else if (change.pointer == "/fulfilment") {
      was.fulfilment = text_of(change.from).value_or(std::string());
    }
  }
  if (opens && !state_changed) was.state.reset();
  return was;
}

bool unseen(std::string_view state) { return state == "draft" || state == "discarded" || state.empty(); }

std::string_view status_of(std::string_view state, std::string_view fulfilment) {
  const bool says_more = state == "proposed" || state == "rejected" || state == "expired" || state == "voided";
  return says_more ? state : fulfilment;
}

class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }
  void raw(std::string_view name, std::string_view json) { member(name).append(json); }
  void text(std::string_view name, std::string_view value) { reflect::print_text(value, member(name)); }
  void text_or_null(std::string_view name, const std::optional<std::string>& value) {
    if (value && !value->empty())
      text(name, *value);
    else
      raw(name, "null");
  }
  // A JSON number with the currency's decimals, printed from the integer.
  void money(std::string_view name, const std::optional<base::Money>& value) {
    raw(name, value ? value->decimal() : std::string("null"));
  }
  std::string& member(std::string_view name) {
    if (std::exchange(begun_, true)) out_ += ',';
    out_.append("\"").append(name).append("\":");
    return out_;
  }

 private:
  std::string& out_;
  bool begun_ = false;
};

void print_line(const PosLine& line, std::string& out) {
  Object o(out);
  const auto variant = line.variant_name && !line.variant_name->empty() ? " (" + *line.variant_name + ')' : std::string();
  o.text("name", line.name + variant);
  if (line.quantity.whole())
    o.raw("quantity", line.quantity.text());
  else
    o.text("quantity", line.quantity.text());
  o.money("price", line.unit_price);
  auto& modifiers = o.member("modifiers");
  modifiers += '[';
  for (std::size_t i = 0; i < line.modifiers.size(); ++i) {
    const auto& m = line.modifiers[i];
    const bool several = m.quantity && *m.quantity != base::Quantity::of(1);
    if (i) modifiers += ',';
    reflect::print_text(several ? m.quantity->text() + " × " + m.name : m.name, modifiers);
  }
  modifiers += ']';
  o.text_or_null("notes", line.note);
  o.end();
}

std::string order_data(const PosOrder& order, const std::optional<std::string_view>& previous) {
  std::string out;
  Object o(out);
  o.text("orderId", order.id);
  o.raw("orderNumber", order.number ? std::to_string(*order.number) : std::string("null"));
  o.text_or_null("customerName", order.customer ? order.customer->name : std::nullopt);
  o.text("orderType", order.type);
  o.money("totalAmount", order.total);
  auto& items = o.member("items");
  items += '[';
  bool begun = false;
  for (auto& line : order.lines) {
    if (line.state && (*line.state == "void" || *line.state == "voided")) continue;
    if (std::exchange(begun, true)) items += ',';
    print_line(line, items);
  }
  items += ']';
  o.text_or_null("specialInstructions", order.note);
  o.text("status", status_of(order.state, order.fulfilment));
  if (previous) o.text("previousStatus", *previous);
  o.text("source", order.source);
  o.end();
  return out;
}

}  // namespace

Parts pos_event(const core::Event& e, std::string_view tenant) {
  if (!e.subject.starts_with("order/")) return {};
  const auto order = reflect::from_json<PosOrder>(e.data(), reflect::Read::stored);
  if (!order) throw std::runtime_error("event " + std::to_string(e.seq) + " holds no order");
  if (unseen(order->state)) return {};
  const auto was = before(e, *order);
  const bool first = !was.state || unseen(*was.state);
  std::optional<std::string_view> previous;
  if (!first) previous = status_of(*was.state, was.fulfilment);
  Parts parts{Parts::Use::chained, {}, {}};
  Object o(parts.before);
  o.text("type", first ? "new_order" : "order_updated");
  o.text("tenant", tenant);
  o.text("timestamp", base::print_instant(e.time));
  o.raw("seq", std::to_string(e.seq));
  o.raw("prev", {});  // the number comes between the parts
  parts.after = ",\"data\":" + order_data(*order, previous) + '}';
  return parts;
}

std::optional<PosClient> read_pos_client(std::string_view frame) {
  auto message = reflect::from_json<PosClient>(frame, reflect::Read::stored);
  if (!message || message->type.empty()) return std::nullopt;
  return std::move(*message);
}

base::Result<std::optional<core::Position>> position_of(const PosClient& message) {
  if (!message.after || *message.after == "null") return std::nullopt;
  std::string_view text = *message.after;
  if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
  auto position = core::Position::parse(text);
  if (!position || text.size() > 64) return core::bad_position();
  if (position->epoch.empty() && message.epoch) position->epoch = *message.epoch;
  return position;
}

std::string pos_ready(std::string_view tenant, const core::Position& head) {
  std::string out;
  Object o(out);
  o.text("type", "ready");
  o.text("tenant", tenant);
  o.text("epoch", head.epoch);
  o.raw("seq", std::to_string(head.seq));
  o.end();
  return out;
}

std::string pos_resumed(std::int64_t after) { return R"({"type":"resumed","after":)" + std::to_string(after) + '}'; }

std::string pos_mark(std::int64_t seq, std::int64_t prev, bool live) {
  return R"({"type":"mark","seq":)" + std::to_string(seq) + ",\"prev\":" + std::to_string(prev) +
         (live ? ",\"live\":true}" : ",\"live\":false}");
}

std::string pos_sync_required(std::string_view reason, std::int64_t seq) {
  std::string out;
  Object o(out);
  o.text("type", "sync_required");
  o.text("reason", reason);
  o.text("snapshot", "/api/v1/orders?state=open,proposed");
  o.raw("seq", std::to_string(seq));
  o.end();
  return out;
}

std::string pos_error(std::string_view code, std::string_view detail) {
  std::string out;
  Object o(out);
  o.text("type", "error");
  o.text("code", code);
  o.text("detail", detail);
  o.end();
  return out;
}

}  // namespace edge
