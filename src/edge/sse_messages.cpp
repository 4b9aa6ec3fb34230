#include "edge/sse_messages.h"

#include "reflect/json.h"

namespace edge {

Parts sse_event(const core::Event& e, std::string_view actor_name) {
  // print_event gives one line: JSON text has its line breaks escaped.
  std::string text = "id: " + e.epoch + ':' + std::to_string(e.seq) + "\nevent: " + e.type + "\ndata: ";
  text += core::print_event(e, actor_name);
  text += "\n\n";
  return {Parts::Use::whole, std::move(text), {}};
}

std::string sse_mark(std::string_view epoch, std::int64_t seq, bool live) {
  const auto number = std::to_string(seq);
  return "id: " + std::string(epoch) + ':' + number + "\nevent: mark\ndata: {\"seq\":" + number +
         ",\"live\":" + (live ? "true" : "false") + "}\n\n";
}

std::string sse_sync_required(std::string_view reason, std::int64_t seq) {
  std::string text = "event: sync_required\ndata: {\"reason\":";
  reflect::print_text(reason, text);
  return text + ",\"seq\":" + std::to_string(seq) + "}\n\n";
}

}  // namespace edge
