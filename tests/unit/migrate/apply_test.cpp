#include <doctest/doctest.h>

#include <map>

#include "lib/migrate/migrate.hpp"

using namespace dpctl;
using namespace dpctl::migrate;

namespace {

/// A database that keeps its record in memory and fails at a statement of one's choice.
class MemoryStore final : public Store {
 public:
  std::map<int, Applied> rows;
  std::vector<std::string> ran;
  std::string fail_on;
  int locks = 0;

  Engine engine() const override { return Engine::postgres; }
  std::string where() const override { return "memory"; }
  Result<std::vector<Applied>> applied(Deadline, StopToken) override {
    std::vector<Applied> out;
    for (const auto& [id, row] : rows) out.push_back(row);
    return out;
  }
  Result<void> lock(Deadline, StopToken) override { return ++locks, Result<void>{}; }
  void unlock() override {}
  Result<void> run(const Migration& migration, std::size_t from, Deadline, StopToken) override {
    for (auto i = from; i < migration.statements.size(); ++i) {
      const bool bad = migration.statements[i].text == fail_on;
      rows[migration.id] = {.id = migration.id,
                            .name = migration.name,
                            .checksum = checksum_of(migration, i),
                            .statements_done = i,
                            .statements = migration.statements.size(),
                            .state = bad ? "failed" : "running",
                            .applied_at = "",
                            .error = ""};
      if (bad) return fail(Code::failed, "statement {} failed", i + 1);
      ran.push_back(migration.statements[i].text);
    }
    auto& row = rows[migration.id];
    row.state = "applied";
    row.checksum = migration.checksum;
    return {};
  }
};

std::vector<Migration> files(std::initializer_list<SourceFile> given) {
  const auto loaded = load(std::span(given.begin(), given.size()), Engine::postgres);
  REQUIRE(loaded);
  return *loaded;
}

Result<Outcome> apply_all(MemoryStore& store, const std::vector<Migration>& migrations) {
  NoEvents events;
  return apply(store, migrations, Deadline::never(), {}, events);
}

}  // namespace

TEST_CASE("migrations run in the order of their numbers, once") {
  MemoryStore store;
  const auto migrations = files({{"10_b.sql", "B"}, {"9_a.sql", "A1; A2"}});
  const auto first = apply_all(store, migrations);
  REQUIRE(first);
  CHECK(first->statements == 3);
  CHECK(store.ran == std::vector<std::string>{"A1", "A2", "B"});
  const auto second = apply_all(store, migrations);
  REQUIRE(second);
  CHECK(second->migrations == 0);
  CHECK(second->unchanged == 2);
  CHECK(store.locks == 1);
}

TEST_CASE("a file that changed after it was applied is refused") {
  MemoryStore store;
  REQUIRE(apply_all(store, files({{"001_a.sql", "A"}})));
  const auto refused = apply_all(store, files({{"001_a.sql", "A -- other"}, {"002_b.sql", "B"}}));
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::conflict);
  CHECK(store.ran.size() == 1);
}

TEST_CASE("after a failure the corrected file goes on at the failed statement") {
  MemoryStore store;
  store.fail_on = "BAD";
  CHECK(!apply_all(store, files({{"001_a.sql", "A; BAD; C"}})));
  const auto resumed = apply_all(store, files({{"001_a.sql", "A; GOOD; C"}}));
  REQUIRE(resumed);
  CHECK(store.ran == std::vector<std::string>{"A", "GOOD", "C"});
}

TEST_CASE("of a half-applied file only what is not done may change") {
  MemoryStore store;
  store.fail_on = "BAD";
  CHECK(!apply_all(store, files({{"001_a.sql", "A; BAD"}})));
  const auto refused = apply_all(store, files({{"001_a.sql", "OTHER; GOOD"}}));
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::conflict);
}

TEST_CASE("a new file before an applied one is refused") {
  MemoryStore store;
  REQUIRE(apply_all(store, files({{"002_b.sql", "B"}})));
  const auto refused = apply_all(store, files({{"001_a.sql", "A"}, {"002_b.sql", "B"}}));
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::conflict);
}

TEST_CASE("verify names what is not applied") {
  MemoryStore store;
  const auto migrations = files({{"001_a.sql", "A"}, {"002_b.sql", "B"}});
  const auto bad = verify(store, migrations, Deadline::never());
  REQUIRE(!bad);
  CHECK(bad.error().code == Code::unhealthy);
  CHECK(bad.error().hints == std::vector<std::string>{"001_a is pending", "002_b is pending"});
  REQUIRE(apply_all(store, migrations));
  CHECK(verify(store, migrations, Deadline::never()));
}

TEST_CASE("names without a number, and equal numbers, are refused") {
  const SourceFile unnumbered[] = {{"core.sql", "A"}};
  CHECK(!load(unnumbered, Engine::postgres));
  const SourceFile twins[] = {{"001_a.sql", "A"}, {"1_b.sql", "B"}};
  CHECK(!load(twins, Engine::postgres));
}

TEST_CASE("the migrations of this program can be cut") {
  for (const auto engine : {Engine::clickhouse, Engine::postgres}) {
    const auto own = builtin(engine);
    REQUIRE(own);
    CHECK(own->size() >= 3);
    for (const auto& migration : *own)
      for (const auto& statement : migration.statements) CHECK(!statement.text.ends_with(';'));
  }
}
