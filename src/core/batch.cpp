#include "core/batch.h"

#include <algorithm>
#include <iterator>

#include "base/log.h"

namespace core {

base::Result<Batch::Done> Batch::run(const Command& command, const reflect::Value& input) {
  const Request request;
  Prepared prepared;
  if (command.prepare && (!command.wants_preparing || command.wants_preparing(input))) {
    const auto look = [](const std::function<void(View&)>&) { throw std::logic_error("a batch has no other view"); };
    prepared = TRY(command.prepare({actor_, request, &tenant_, look}, input));
  }
  auto tx = group_.tx(tenant_, actor_, request, fingerprint_of(tenant_, command, input), std::move(prepared));
  base::Result<reflect::Value> output;
  try {
    output = command.call(tx, actor_, input);
  } catch (const db::Error&) {
    throw;
  } catch (const std::exception&) {
    tx.undo();
    throw;
  }
  if (!output) {
    tx.undo();
    return std::unexpected(std::move(output).error());
  }
  tx.keep();
  std::ranges::move(tx.emitted(), std::back_inserter(emitted_));
  return Done{std::move(*output), tx.replayed()};
}

base::Result<Batch::Done> Batch::run(std::string_view name, std::string_view input_json) {
  const auto& command = daybook_.registry().command(name);
  reflect::Value input(command.input());
  TRY(reflect::read(input.type(), input.data(), input_json));
  return run(command, input);
}

base::Result<> all_or_nothing(Daybook& daybook, const std::shared_ptr<Tenant>& tenant, const Actor& actor,
                              const std::function<base::Result<>(Batch&)>& steps) {
  base::Result<> result;
  const auto committed = daybook.work_and_wait(tenant, [&](Group& group, Tenant& t) {
    // One savepoint around those of the commands, so that all of them can be undone.
    const Request request;
    auto whole = group.tx(t, actor, request);
    whole.begin_writing();
    Batch batch(daybook, group, t, actor);
    try {
      result = steps(batch);
    } catch (const db::Error&) {
      throw;
    } catch (const std::exception& bug) {
      base::log::error("a batch failed", {{"error", bug.what()}});
      result = internal(bug.what());
    }
    if (!result) return whole.undo();
    whole.keep();
    group.dirty();
    group.emitted(t, std::move(batch.emitted_));
  });
  if (!committed) return committed;
  return result;
}

}  // namespace core
