#include <doctest/doctest.h>

#include "lib/migrate/migrate.hpp"

using namespace dpctl;
using namespace dpctl::migrate;

namespace {

std::vector<std::string> texts(std::string_view sql, Engine engine) {
  const auto statements = split_statements(sql, "f.sql", engine);
  REQUIRE(statements);
  std::vector<std::string> out;
  for (const auto& statement : *statements) out.push_back(statement.text);
  return out;
}

}  // namespace

TEST_CASE("statements end at semicolons, and empty ones do not count") {
  CHECK(texts(";;SELECT 1;\n;SELECT 2", Engine::postgres) ==
        std::vector<std::string>{"SELECT 1", "SELECT 2"});
  CHECK(texts("  \n-- nothing here\n", Engine::clickhouse).empty());
}

TEST_CASE("a semicolon in a string, a quoted name, a comment or a dollar quote is not an end") {
  CHECK(texts("SELECT 'a;''b;', \";\" -- ;\n, 1; SELECT 2", Engine::postgres).size() == 2);
  CHECK(texts("CREATE FUNCTION f() AS $body$ BEGIN; 'x; $$ END; $body$ LANGUAGE sql; SELECT 1",
              Engine::postgres)
            .size() == 2);
  CHECK(texts("SELECT 'a\\';', `;` /* ; */; SELECT 2", Engine::clickhouse).size() == 2);
}

TEST_CASE("a backslash escapes in ClickHouse and in PostgreSQL's E strings only") {
  CHECK(texts("SELECT '\\'; SELECT 2", Engine::postgres).size() == 2);
  CHECK(texts("SELECT E'\\'; SELECT 2'", Engine::postgres).size() == 1);
}

TEST_CASE("comments nest in PostgreSQL and do not in ClickHouse") {
  CHECK(texts("/* a /* b */ ; */ SELECT 1", Engine::postgres).size() == 1);
  CHECK(texts("/* a /* b */ SELECT 1; SELECT 2", Engine::clickhouse).size() == 2);
}

TEST_CASE("$1 is a parameter, not a quote") {
  CHECK(texts("SELECT $1; SELECT $2", Engine::postgres).size() == 2);
}

TEST_CASE("a statement knows where it begins, comments before it left out") {
  const auto statements =
      split_statements("-- head\nSELECT 1;\n  -- why\n  SELECT\n 2;", "f.sql", Engine::postgres);
  REQUIRE(statements);
  REQUIRE(statements->size() == 2);
  CHECK((*statements)[0].line == 2);
  CHECK((*statements)[0].column == 1);
  CHECK((*statements)[1].line == 4);
  CHECK((*statements)[1].column == 3);
}

TEST_CASE("what is not closed is reported where it was opened") {
  for (const auto* sql :
       {"SELECT 1;\n SELECT 'x", "SELECT 1;\n /* x", "SELECT 1;\n $a$ x $b$", "SELECT 1;\n \"x"}) {
    const auto statements = split_statements(sql, "f.sql", Engine::postgres);
    REQUIRE(!statements);
    CHECK(statements.error().code == Code::usage);
    REQUIRE(statements.error().where);
    CHECK(statements.error().where->line == 2);
  }
}
