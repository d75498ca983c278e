#pragma once

#include <memory>
#include <string>

#include "cli/app/env.hpp"
#include "lib/plan/executor.hpp"

namespace dpctl::cli {

/// Everything a command needs to work on an environment: the decoded file, the connection, the steps.
class Workspace {
 public:
  /// Reads the file (`file`, else $DPCTL_FILE, else dpctl.yaml) and connects to its context. Sends nothing
  /// yet.
  static Result<std::unique_ptr<Workspace>> open(Env& env, const std::string& file,
                                                 bool force_conflicts = false);

  [[nodiscard]] const plan::Environment& environment() const { return environment_; }
  [[nodiscard]] plan::Context& context() { return *context_; }

  /// All steps of the environment, or the one named.
  [[nodiscard]] plan::Steps steps() const;
  [[nodiscard]] plan::Steps step(std::string_view name) const;

 private:
  explicit Workspace(plan::Environment environment) : environment_(std::move(environment)) {}
  plan::Environment environment_;
  std::unique_ptr<plan::Context> context_;
};

}  // namespace dpctl::cli
