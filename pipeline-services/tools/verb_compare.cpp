#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "lib/base/strings.hpp"
#include "pipeline-services/io/kafka.hpp"
#include "pipeline-services/tools/compare.hpp"
#include "pipeline-services/tools/print_error.hpp"
#include "pipeline-services/tools/store_options.hpp"

namespace dpctl::pipeline {
namespace {

struct Options {
  std::string first, second;
  std::string bootstrap;
  // When something was done differs between two runs, and the envelope says only that; what was done must
  // not.
  std::string ignore =
      "envelope,event_id,occurred_at,ingested_at,normalized_at,enriched_at,aggregated_at,produced_at,"
      "snapshot_at,"
      "last_retry_at,correlation_id,version,written_at,updated_at";
  std::uint64_t limit = 5;
  int timeout_seconds = 120;
  bool tables = false;
  StoreOptions store{};
};

Result<int> compare_topics(const Options& options) {
  const auto deadline = Deadline::after(std::chrono::seconds(options.timeout_seconds));
  std::vector<std::string> names;
  for (const auto name : split(options.ignore, ',')) names.emplace_back(trim(name));
  Comparison comparison;
  std::uint64_t counts[2] = {};
  for (const bool second : {false, true}) {
    DPCTL_TRY(counts[second ? 1 : 0],
              io::read_topic(options.bootstrap, second ? options.second : options.first, deadline,
                             [&](const io::Record& record) {
                               comparison.add(second, record.key.value_or(std::string_view{}),
                                              without_fields(record.value, names));
                               return true;
                             }));
  }
  const auto differences = comparison.differences();
  for (std::size_t i = 0; i < differences.size() && i < options.limit; ++i) {
    const auto& found = differences[i];
    std::printf("%s: %llu times in %s, %llu in %s\n  %s\n", found.key.c_str(),
                static_cast<unsigned long long>(found.in_first), options.first.c_str(),
                static_cast<unsigned long long>(found.in_second), options.second.c_str(),
                found.value.substr(0, 500).c_str());
  }
  std::printf("%s %llu records, %s %llu records: %zu different\n", options.first.c_str(),
              static_cast<unsigned long long>(counts[0]), options.second.c_str(),
              static_cast<unsigned long long>(counts[1]), differences.size());
  return differences.empty() ? kOk : kFailed;
}

/// The columns of a table that must be equal, with commas.
Result<std::string> columns_of(io::ClickHouse& store, const Options& options) {
  DPCTL_TRY(
      const auto list,
      store.query(
          "SELECT name FROM system.columns WHERE database = {database:String} AND table = {table:String} AND "
          "NOT has(splitByChar(',', {ignore:String}), name) ORDER BY position FORMAT TabSeparated",
          {{"database", options.store.clickhouse.database},
           {"table", options.first},
           {"ignore", options.ignore}}));
  std::string columns;
  for (const auto name : split(list, '\n'))
    if (!name.empty()) columns += fmt::format("{}`{}`", columns.empty() ? "" : ", ", name);
  if (columns.empty())
    return fail(Code::not_found, "there is no table {} with columns to compare", options.first);
  return columns;
}

/// Rows as a reader sees them, after equal and older ones have collapsed. The server compares: rows of both
/// tables are grouped, and a group that is not as large on one side as on the other is a difference.
Result<int> compare_tables(const Options& options) {
  for (const auto& table : {options.first, options.second})
    if (table.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") !=
        std::string::npos)
      return fail(Code::usage, "\"{}\" is no name of a table", table);
  io::ClickHouse store(options.store.clickhouse);
  DPCTL_TRY(const auto columns, columns_of(store, options));
  const auto different = fmt::format(
      "SELECT sum(side = 1) AS in_first, sum(side = 2) AS in_second, {0} FROM (SELECT {0}, 1 AS side FROM "
      "{1} FINAL UNION ALL "
      "SELECT {0}, 2 AS side FROM {2} FINAL) GROUP BY {0} HAVING in_first != in_second",
      columns, options.first, options.second);
  DPCTL_TRY(const auto shown, store.query(fmt::format("{} ORDER BY ALL LIMIT {} FORMAT JSONEachRow",
                                                      different, options.limit)));
  DPCTL_TRY(const auto counts,
            store.query(fmt::format("SELECT (SELECT count() FROM {} FINAL), (SELECT count() FROM {} FINAL), "
                                    "(SELECT count() FROM ({})) FORMAT TabSeparated",
                                    options.first, options.second, different)));
  const auto numbers = split(trim(counts), '\t');
  std::printf("%s%s %s rows, %s %s rows: %s different\n", shown.c_str(), options.first.c_str(),
              std::string(numbers.at(0)).c_str(), options.second.c_str(), std::string(numbers.at(1)).c_str(),
              std::string(numbers.at(2)).c_str());
  return numbers.at(2) == "0" ? kOk : kFailed;
}

Result<int> run(const Options& options) {
  if (options.tables) return compare_tables(options);
  if (options.bootstrap.empty())
    return fail(Code::usage, "--bootstrap is missing")
        .hint("give it, or set DATA_PROC_KAFKA_BOOTSTRAP; or say --tables");
  return compare_topics(options);
}

}  // namespace

Verb compare_verb() {
  return {
      "compare",
      "Compare the outputs of two colours: two topics or two tables, whatever the order of what is in them",
      [](CLI::App& app) {
        auto options = std::make_shared<Options>();
        app.add_option("FIRST", options->first,
                       "a topic, from its beginning to where it ends now; or a table")
            ->required();
        app.add_option("SECOND", options->second, "the other; a shadow's has DATA_PROC_OUTPUT_SUFFIX")
            ->required();
        app.add_option("--bootstrap", options->bootstrap, "brokers, host:port with commas")
            ->envname("DATA_PROC_KAFKA_BOOTSTRAP");
        app.add_flag("--tables", options->tables, "FIRST and SECOND are tables of ClickHouse");
        options->store.declare_server(app);
        app.add_option("--ignore", options->ignore,
                       "fields that may differ, at any depth, or columns, with commas")
            ->capture_default_str();
        app.add_option("--limit", options->limit, "differences to show")->capture_default_str();
        app.add_option("--timeout", options->timeout_seconds, "seconds until it must be done")
            ->capture_default_str();
        app.footer(
            "Exit status 1 when they differ.\nExample:\n  pipeline compare normalized.market.ticks.v1 "
            "normalized.market.ticks.v1.green --bootstrap localhost:9092\n"
            "  pipeline compare --tables silver_ticks silver_ticks_green");
        return [options] {
          const auto status = run(*options);
          return status ? *status : print_error(status.error());
        };
      }};
}

}  // namespace dpctl::pipeline
