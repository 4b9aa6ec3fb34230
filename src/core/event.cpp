#include "core/event.h"

#include <charconv>

#include "base/crypto.h"
#include "core/actor.h"
#include "reflect/json.h"

namespace core {

RECORD_TYPE(Event, "An entry of the log: what happened to one subject, in one commit.")

std::string Event::data() const { return personal_body ? reflect::join(body, *personal_body) : std::string(body); }

std::string Event::all_changed() const {
  if (!personal_changed || personal_changed->size() <= 2) return changed;
  if (changed.size() <= 2) return *personal_changed;
  return changed.substr(0, changed.size() - 1) + ',' + personal_changed->substr(1);
}

std::string Event::id() const {
  const auto hash_of = base::sha256({epoch, ":", std::to_string(seq)});
  base::Bits128 bits{};
  std::copy_n(hash_of.begin(), bits.size(), bits.begin());
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  return base::id_text("evt", base::uuid_v7(ms, bits));
}

std::optional<Position> Position::parse(std::string_view text) {
  Position p;
  const auto colon = text.find(':');
  const auto digits = colon == text.npos ? text : text.substr(colon + 1);
  if (colon != text.npos) p.epoch = text.substr(0, colon);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), p.seq);
  if (error != std::errc{} || end != digits.data() + digits.size() || p.seq < 0 || digits.starts_with('-')) return std::nullopt;
  for (char c : p.epoch)
    if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z')) return std::nullopt;
  return p;
}

bool type_matches(std::string_view list, std::string_view type) {
  if (list.empty()) return true;
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto name = list.substr(0, comma);
    list = comma == list.npos ? std::string_view{} : list.substr(comma + 1);
    if (name == type) return true;
    if (name.ends_with('*') && type.starts_with(name.substr(0, name.size() - 1))) return true;
  }
  return false;
}

std::string print_event(const Event& e, std::string_view actor_name) {
  std::string out;
  out.reserve(e.body.size() + 512);
  const auto text = [&out](std::string_view name, std::string_view value) {
    out += name;
    reflect::print_text(value, out);
  };
  out += "{\"seq\":" + std::to_string(e.seq);
  text(",\"epoch\":", e.epoch);
  text(",\"id\":", e.id());
  text(",\"type\":", e.type);
  out += ",\"version\":" + std::to_string(e.version);
  text(",\"time\":", base::print_instant(e.time));
  text(",\"subject\":", e.subject);
  out += ",\"subject_version\":" + std::to_string(e.subject_version);
  text(",\"actor\":{\"kind\":", actor_kind(e.actor));
  text(",\"id\":", e.actor);
  text(",\"name\":", actor_name);
  text("},\"cause\":", e.cause);
  text(",\"trace\":", e.trace);
  out += ",\"changed\":" + e.all_changed() + ",\"data\":" + e.data() + '}';
  return out;
}

}  // namespace core
