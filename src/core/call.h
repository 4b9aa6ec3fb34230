#pragma once
#include <functional>

#include "core/module.h"
#include "core/writer.h"

// A command on its way through the writer: permission, idempotency, the function, the answer.
namespace core {

inline constexpr base::ProblemKind identity_missing{
    "idempotency.missing", 400,
    "Give the thing an id of yours, or send an Idempotency-Key, so that a retry cannot do it twice."};

struct Answer {
  int status = 200;
  std::string body;                     // printed JSON
  std::string id;                       // of the resource, "" when the output has none
  std::optional<std::int64_t> version;  // of the resource, for the ETag
  bool replayed = false;
  bool empty = false;  // of a query that waits: nothing yet
  Position position;
};
using AnswerTo = std::move_only_function<void(base::Result<Answer>)>;

struct Call {
  std::shared_ptr<Tenant> tenant;
  const Command* command = nullptr;
  Actor actor;
  reflect::Value input;
  Request request;
  Prepared prepared = {};            // made by the daybook, never by whoever calls
  std::function<bool()> alive = {};  // empty: always
  AnswerTo answer;                   // once, on the writer's thread (or the caller's, when refused at once)
};

std::unique_ptr<Unit> unit_of(Call);
// Keyed, of the command and its parsed input: white space and the order of members do not count. Made before the queue.
std::string fingerprint_of(const Tenant&, const Command&, const reflect::Value& input);

// A background unit from a function: bounded work in one transaction of the tenant; `done` hears of commit or failure.
using Work = std::function<void(Group&, Tenant&)>;
std::unique_ptr<Unit> unit_of(std::shared_ptr<Tenant>, Work, std::move_only_function<void(base::Result<>)> done = {});

}  // namespace core
