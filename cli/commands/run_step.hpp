#pragma once

#include <string>
#include <string_view>

#include "cli/app/command.hpp"
#include "cli/app/env.hpp"

namespace dpctl::cli {

/// The options of every command that runs one step of the plan.
struct StepOptions {
  std::string file;
  bool dry_run = false;
  bool force_conflicts = false;
};

/// A row with those flags; the command adds summary, text and examples.
CommandBuilder<StepOptions> step_command();

/// Plans the step and applies it (or only shows it, with --dry-run).
Result<ExitCode> run_step(const StepOptions& options, Env& env, std::string_view step);

}  // namespace dpctl::cli
