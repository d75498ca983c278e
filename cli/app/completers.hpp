#pragma once

#include <string_view>
#include <vector>

#include "cli/app/command.hpp"

/// What completion offers beyond flags and choices.
namespace dpctl::cli::complete {

std::vector<Candidate> contexts(Env& env, std::string_view prefix);    ///< of the kubeconfig files
std::vector<Candidate> namespaces(Env& env, std::string_view prefix);  ///< of the cluster, within a second
std::vector<Candidate> services(Env& env, std::string_view prefix);    ///< the four services
std::vector<Candidate> stores(Env& env, std::string_view prefix);      ///< clickhouse, postgres
std::vector<Candidate> fields(Env& env, std::string_view prefix);      ///< paths of the environment file
std::vector<Candidate> topics(Env& env, std::string_view prefix);  ///< of `dpctl help`: topics and commands

}  // namespace dpctl::cli::complete
