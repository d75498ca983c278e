#pragma once

#include <optional>
#include <string>

#include "cli/app/completers.hpp"
#include "cli/app/environment.hpp"
#include "lib/migrate/step.hpp"

namespace dpctl::cli {

/// The options of every migrate command.
struct MigrateOptions {
  std::string file;
  std::string store;
};

/// A row with those options; the command adds summary, text and examples.
inline CommandBuilder<MigrateOptions> migrate_command() {
  auto builder = command<MigrateOptions>();
  builder
      .argument("STORE", &MigrateOptions::store, "clickhouse or postgres; default: both", complete::stores,
                false)
      .flag("-f,--file", &MigrateOptions::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml",
            "FILE")
      .files();
  return builder;
}

/// "clickhouse", "postgres" or nothing: both, as the environment says.
inline Result<std::optional<migrate::Engine>> engine_named(const std::string& word) {
  if (word.empty()) return std::optional<migrate::Engine>();
  for (const auto engine : {migrate::Engine::clickhouse, migrate::Engine::postgres})
    if (word == migrate::name_of(engine)) return std::optional(engine);
  return fail(Code::usage, "unknown store \"{}\"", word).hint("one of: clickhouse, postgres");
}

/// The migrate step alone, for one engine or for both.
inline Result<plan::Steps> migrate_step(const std::string& store) {
  DPCTL_TRY(const auto engine, engine_named(store));
  plan::Steps steps;
  steps.push_back(migrate::make_step(engine));
  return steps;
}

}  // namespace dpctl::cli
