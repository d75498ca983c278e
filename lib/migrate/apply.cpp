#include <algorithm>
#include <map>

#include "lib/migrate/migrate.hpp"

namespace dpctl::migrate {
namespace {

Entry entry_of(const Migration& migration) {
  return {.state = Entry::State::pending,
          .id = migration.id,
          .name = migration.name,
          .path = migration.path,
          .statements_done = 0,
          .statements = migration.statements.size(),
          .applied_at = {},
          .error = {}};
}

/// Gives the lock back however the function ends.
class Held {
 public:
  explicit Held(Store& store) : store_(store) {}
  ~Held() { store_.unlock(); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

 private:
  Store& store_;
};

std::string title(const Entry& entry) { return fmt::format("{:03}_{}", entry.id, entry.name); }

}  // namespace

std::string_view name_of(Entry::State state) {
  switch (state) {
    case Entry::State::pending: return "pending";
    case Entry::State::partial: return "partial";
    case Entry::State::applied: return "applied";
    case Entry::State::changed: return "changed";
    case Entry::State::unknown: return "unknown";
  }
  return "";
}

Result<std::vector<Entry>> status(Store& store, std::span<const Migration> migrations, Deadline deadline,
                                  StopToken stop) {
  DPCTL_TRY(const auto recorded, store.applied(deadline, stop));
  std::map<int, Entry> entries;
  std::map<int, const Migration*> files;
  for (const auto& migration : migrations) {
    entries[migration.id] = entry_of(migration);
    files[migration.id] = &migration;
  }
  for (const auto& row : recorded) {
    auto& entry = entries[row.id];
    entry.id = row.id;
    entry.statements_done = row.statements_done;
    entry.applied_at = row.applied_at;
    entry.error = row.error;
    const auto file = files.find(row.id);
    if (file == files.end()) {
      entry.name = row.name;
      entry.statements = row.statements;
      entry.state = Entry::State::unknown;
    } else if (row.complete()) {
      entry.state = file->second->checksum == row.checksum ? Entry::State::applied : Entry::State::changed;
    } else {
      // What failed may be corrected; what is done may not.
      const bool same = row.statements_done <= entry.statements &&
                        checksum_of(*file->second, row.statements_done) == row.checksum;
      entry.state = same ? Entry::State::partial : Entry::State::changed;
    }
  }
  std::vector<Entry> sorted;
  for (auto& [id, entry] : entries) sorted.push_back(std::move(entry));
  return sorted;
}

Result<Plan> plan(Store& store, std::span<const Migration> migrations, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto entries, status(store, migrations, deadline, stop));
  Plan plan;
  const Entry* first = nullptr;
  for (const auto& entry : entries) {
    if (entry.state == Entry::State::changed)
      return fail(Code::conflict, "{} was applied to {} and has changed since", entry.path, store.where())
          .hint("restore the file as it was and put the change into a new migration");
    if (entry.state == Entry::State::pending || entry.state == Entry::State::partial) {
      if (first == nullptr) first = &entry;
      plan.todo.push_back(entry);
      continue;
    }
    if (entry.state == Entry::State::applied && first != nullptr)
      return fail(Code::conflict, "{} comes before {}, which {} has already", first->path, title(entry),
                  store.where())
          .hint("give {} a number after the last applied one", first->path);
    ++plan.unchanged;
  }
  return plan;
}

Result<Outcome> apply(Store& store, std::span<const Migration> migrations, Deadline deadline, StopToken stop,
                      EventSink& events) {
  DPCTL_TRY(const auto before, plan(store, migrations, deadline, stop));
  if (before.todo.empty()) return Outcome{.migrations = 0, .statements = 0, .unchanged = before.unchanged};
  DPCTL_CHECK(store.lock(deadline, stop));
  const Held held(store);
  // Somebody else may have been faster.
  DPCTL_TRY(const auto now, plan(store, migrations, deadline, stop));
  Outcome outcome{.migrations = 0, .statements = 0, .unchanged = now.unchanged};
  const std::string parent = fmt::format("migrate/{}", name_of(store.engine()));
  for (const auto& entry : now.todo) {
    const auto migration =
        std::find_if(migrations.begin(), migrations.end(), [&](const auto& m) { return m.id == entry.id; });
    const std::string id = parent + "/" + title(entry);
    const auto from = entry.state == Entry::State::partial ? entry.statements_done : 0;
    events.emit({.kind = Event::Kind::started,
                 .id = id,
                 .parent = parent,
                 .text = from > 0 ? fmt::format("resumed at statement {} of {}", from + 1, entry.statements)
                                  : fmt::format("{} statements", entry.statements)});
    if (auto done = store.run(*migration, from, deadline, stop); !done) {
      events.emit({.kind = Event::Kind::failed, .id = id, .parent = parent, .text = done.error().what});
      return fail(std::move(done).error());
    }
    events.emit({.kind = Event::Kind::done, .id = id, .parent = parent, .text = "applied"});
    ++outcome.migrations;
    outcome.statements += entry.statements - from;
  }
  return outcome;
}

Result<void> verify(Store& store, std::span<const Migration> migrations, Deadline deadline, StopToken stop) {
  DPCTL_TRY(const auto entries, status(store, migrations, deadline, stop));
  std::size_t wrong = 0;
  Error error{.code = Code::unhealthy, .what = {}};
  for (const auto& entry : entries) {
    if (entry.state == Entry::State::applied || entry.state == Entry::State::unknown) continue;
    ++wrong;
    if (error.hints.size() < 5)
      error.hints.push_back(fmt::format("{} is {}", title(entry), name_of(entry.state)));
  }
  if (wrong == 0) return {};
  error.what = fmt::format("{} of {} migrations are not applied to {}", wrong, entries.size(), store.where());
  return fail(std::move(error));
}

}  // namespace dpctl::migrate
