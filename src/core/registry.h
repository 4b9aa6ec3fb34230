#pragma once
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/module.h"

namespace core {

// All that the modules declare, in one place: what routes, documents, sweeps, the command line and the writer read.
// Building it checks the declarations and throws std::logic_error with what to mend.
class Registry {
 public:
  explicit Registry(std::span<const Module* const>);

  const std::vector<const Module*>& modules() const { return modules_; }
  const std::deque<Command>& commands() const { return commands_; }
  const std::deque<Query>& queries() const { return queries_; }
  const std::deque<Procedure>& procedures() const { return procedures_; }
  const std::vector<const Reader*>& readers() const { return readers_; }
  const std::vector<const Schedule*>& schedules() const { return schedules_; }
  const std::vector<const JobKind*>& jobs() const { return jobs_; }
  const std::vector<const CacheKind*>& caches() const { return caches_; }
  const std::vector<Permission>& permissions() const { return permissions_; }
  const std::deque<EventKind>& events() const { return events_; }
  std::vector<db::Migration> migrations() const;
  const Resource* resource(std::string_view subject) const;       // null when there is none
  const EventKind* erased_event(std::string_view subject) const;  // "order.erased", for subjects that hold personal data
  const Command& command(std::string_view name) const;            // throws std::logic_error when there is none
  const Query* query(std::string_view name) const;
  std::string_view module_of(const Operation&) const;

  std::optional<Actor> authenticate(View&, std::string_view token) const;
  std::string actor_name(View&, std::string_view actor) const;
  Result<> found(Tx&, const Actor&) const;  // every module's part of a new tenant

 private:
  void add(const Module&);
  void add(const Module&, const Resource&);
  void add_creation(const Module&, const Resource&);
  void add_reading(const Module&, const Resource&);
  void add_change(const Module&, const Resource&);
  void add_deletion(const Module&, const Resource&);
  Operation operation(const Module&, const Resource&, std::string_view verb, std::string_view method,
                      std::string_view rest_of_path, std::string_view permission, std::string summary);
  std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }
  const EventKind& event(std::string type, std::string summary);
  void check() const;

  std::vector<const Module*> modules_;
  std::deque<std::string> texts_;
  std::deque<EventKind> events_;
  std::deque<Command> commands_;
  std::deque<Query> queries_;
  std::deque<Procedure> procedures_;
  std::map<const Operation*, const Module*> owners_;
  std::vector<const Reader*> readers_;
  std::vector<const Schedule*> schedules_;
  std::vector<const JobKind*> jobs_;
  std::vector<const CacheKind*> caches_;
  std::vector<Permission> permissions_;
  std::map<std::string_view, const Resource*> resources_;
};

}  // namespace core
