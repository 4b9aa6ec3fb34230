#pragma once
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/daybook.h"

// Several commands of one tenant in one transaction: they become true together or not at all. For what an operator sets up
// or takes over (a sample business, an import); the writer does nothing else meanwhile.
namespace core {

class Batch {
 public:
  struct Done {
    reflect::Value output;
    bool replayed = false;  // it was there already, with the same content
  };
  // The next command, which sees what the ones before it did. After a problem it has left no trace; whether the others go on
  // without it is the caller's to say. Permissions and Idempotency-Keys are not asked: nobody outside speaks here.
  base::Result<Done> run(const Command&, const reflect::Value& input);
  base::Result<Done> run(std::string_view command, std::string_view input_json);
  template <class Out, class In>
  base::Result<Out> run(std::string_view command, In input) {
    auto done = TRY(run(this->command(command), reflect::Value::of(std::move(input))));
    return done.output.template as<Out>();
  }

  const Command& command(std::string_view name) const { return daybook_.registry().command(name); }

 private:
  friend base::Result<> all_or_nothing(Daybook&, const std::shared_ptr<Tenant>&, const Actor&,
                                       const std::function<base::Result<>(Batch&)>&);
  Batch(Daybook& daybook, Group& group, Tenant& tenant, const Actor& actor)
      : daybook_(daybook), group_(group), tenant_(tenant), actor_(actor) {}
  Daybook& daybook_;
  Group& group_;
  Tenant& tenant_;
  const Actor& actor_;
  std::vector<Tx::Emitted> emitted_;
};

// Runs `steps` on the writer's thread and waits for the commit. A problem that it returns undoes everything that it did.
// `steps` may be called again, from nothing, when a commit failed.
base::Result<> all_or_nothing(Daybook&, const std::shared_ptr<Tenant>&, const Actor&,
                              const std::function<base::Result<>(Batch&)>& steps);

}  // namespace core
