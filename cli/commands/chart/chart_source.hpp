#pragma once

#include <string>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_options.hpp"
#include "lib/source/locate.hpp"

namespace dpctl::cli {

/// Helm's repositories.yaml, cached indexes and logins, where Helm's variables or its defaults say.
Result<source::Remotes> remotes_of(const RegistryFlags& flags, Env& env);
Result<source::Repositories> repositories_of(Env& env);

/// What the flags ask for.
source::ChartRequest request_of(const std::string& reference, const SourceOptions& options, Env& env);

/// Downloads the chart; with --verify its signature must be good. What was verified is told on standard
/// error.
Result<source::RemoteChart> fetch(const source::ChartRequest& request, const SourceOptions& options,
                                  Env& env);

}  // namespace dpctl::cli
