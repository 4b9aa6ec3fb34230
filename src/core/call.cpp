#include "core/call.h"

#include "base/crypto.h"
#include "base/log.h"
#include "core/idempotency.h"

namespace core {

namespace {

class CommandUnit final : public Unit {
 public:
  explicit CommandUnit(Call call)
      : Unit(call.tenant), call_(std::move(call)), fingerprint_(fingerprint_of(*tenant, *call_.command, call_.input)) {}

  bool wanted() const override { return !call_.alive || call_.alive(); }

  void run(Group& group) override {
    result_ = base::Result<Answer>();
    // The permission is asked here, where the command runs, and nowhere else.
    if (!call_.actor.may(call_.command->permission)) {
      result_ = std::unexpected(forbidden.problem("This needs the permission " + std::string(call_.command->permission) + ".")
                                    .with("permission", std::string(call_.command->permission)));
      return;
    }
    auto tx = group.tx(*tenant, call_.actor, call_.request, fingerprint_, call_.prepared);
    bool kept = false;
    try {
      result_ = answer_of(tx);
      kept = result_ || tx.keeps_refusal();
      if (!result_ && kept && !call_.command->keeps)
        throw std::logic_error("a command that does not declare it keeps a refusal");
    } catch (const db::Error&) {
      throw;  // a broken world ends the group
    } catch (const std::exception& bug) {
      base::log::error("a command failed",
                       {{"command", call_.command->name}, {"error", bug.what()}, {"trace", call_.request.trace}});
      result_ = internal();
      kept = false;
    }
    if (!kept) return tx.undo();
    group.keep(tx);
    // Where the log stood after this command: what others did behind it in the group is not in its answer.
    if (result_) result_->position = group.position(*tenant);
  }

  void committed(const Tenant::Head&) override { call_.answer(std::move(result_)); }
  bool refused() const override { return !result_; }
  void failed(const base::Problem& problem) override {
    auto told = problem;
    told.detail.clear();  // the words of the database are for the log, not for a client
    call_.answer(std::unexpected(std::move(told)));
  }

 private:
  base::Result<Answer> answer_of(Tx& tx) {
    const auto& command = *call_.command;
    if (!call_.request.key.empty())
      if (auto earlier = TRY(find_answer(tx, call_.request.key, fingerprint_))) return *earlier;
    const auto output = TRY(command.call(tx, call_.actor, call_.input));
    if (command.if_match == IfMatch::demanded && !tx.matched()) throw std::logic_error("the command did not look at If-Match");
    Answer answer;
    const auto& type = output.type();
    if (type.field("id")) answer.id = id_of(type, output.data());
    if (type.field("version")) answer.version = version_of(type, output.data());
    answer.replayed = tx.replayed();
    answer.status = command.creates == Creates::resource && !tx.replayed() ? 201 : 200;
    const auto* event = event_of(tx, type, answer.id);
    answer.body = event ? event->whole : reflect::to_json_erased(type, output.data());
    if (!call_.request.key.empty()) keep_answer(tx, call_.request.key, answer, event ? event->event->seq : 0);
    return answer;
  }

  // The event that already holds the printed answer, so that it is printed once.
  static const Tx::Emitted* event_of(Tx& tx, const reflect::Type& type, std::string_view id) {
    for (auto& e : tx.emitted())
      if (e.type == &type && e.event->subject_id() == id) return &e;
    return nullptr;
  }

  Call call_;
  std::string fingerprint_;
  base::Result<Answer> result_;
};

class WorkUnit final : public Unit {
 public:
  WorkUnit(std::shared_ptr<Tenant> t, Work work, std::move_only_function<void(base::Result<>)> done)
      : Unit(std::move(t)), work_(std::move(work)), done_(std::move(done)) {}
  void run(Group& group) override { work_(group, *tenant); }
  void committed(const Tenant::Head&) override {
    if (done_) done_({});
  }
  void failed(const base::Problem& problem) override {
    if (done_) done_(std::unexpected(problem));
  }

 private:
  Work work_;
  std::move_only_function<void(base::Result<>)> done_;
};

}  // namespace

namespace {
// A password must not be guessed back from a fingerprint, whose key lies beside it.
std::string without_secrets(const Command& command, const base::Json& patch) {
  std::string names;
  bool any = false;
  if (command.body_type)
    for (auto& field : command.body_type().fields) {
      any = any || field.is(reflect::secret);
      if (!field.is(reflect::secret)) names.append(names.empty() ? "" : ",").append(field.name);
    }
  return any ? reflect::only(patch, names) : std::string(patch);
}
}  // namespace

std::string fingerprint_of(const Tenant& tenant, const Command& command, const reflect::Value& input) {
  std::string text(command.name);
  reflect::print(input.type(), input.data(), text);
  if (command.body == Body::raw) {  // `patch` is hidden from printing, and any record may have it
    const auto* patch = input.type().field("patch");
    text += without_secrets(command, *static_cast<const base::Json*>(patch->at(const_cast<void*>(input.data()))));
  }
  return base::keyed_fingerprint(tenant.key, text);
}

std::unique_ptr<Unit> unit_of(Call call) { return std::make_unique<CommandUnit>(std::move(call)); }
std::unique_ptr<Unit> unit_of(std::shared_ptr<Tenant> tenant, Work work, std::move_only_function<void(base::Result<>)> done) {
  return std::make_unique<WorkUnit>(std::move(tenant), std::move(work), std::move(done));
}

}  // namespace core
