#pragma once

#include <memory>
#include <optional>

#include "lib/migrate/migrate.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::migrate {

/// The stores that an environment asks to be migrated, with the migrations that this program carries.
class Targets {
 public:
  struct Target {
    std::unique_ptr<Store> store;
    std::vector<Migration> migrations;
  };
  /// Resolves addresses and passwords; connects to nothing yet. `only`: one engine, whatever the environment
  /// says.
  static Result<Targets> of(plan::Context&, std::optional<Engine> only = {});
  [[nodiscard]] std::vector<Target>& all() { return targets_; }

  Targets(Targets&&) noexcept;
  ~Targets();

 private:
  Targets();
  std::unique_ptr<net::HttpClient> http_;  // outlives the stores
  std::vector<Target> targets_;
};

/// Section 4 of the guide: the schema of ClickHouse and PostgreSQL. Never undone: for Goal::absent there is
/// nothing to do.
std::unique_ptr<plan::Step> make_step(std::optional<Engine> only = {});

}  // namespace dpctl::migrate
