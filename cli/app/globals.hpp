#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "cli/app/command.hpp"

namespace dpctl::cli {

/// Flags that every command takes; kubectl's names.
struct Globals {
  std::string ns{}, output{};
  std::string kubeconfig{}, context{}, cluster{}, user{}, server{};
  std::string token{}, token_file{}, as{}, as_uid{};
  std::vector<std::string> as_groups{};
  std::string certificate_authority{}, client_certificate{}, client_key{}, tls_server_name{};
  bool insecure_skip_tls_verify = false;
  std::chrono::nanoseconds timeout{std::chrono::minutes(15)};
  std::string color = "auto", progress = "auto";
  std::string registry_config{}, repository_config{}, repository_cache{};  ///< of helm_params()
  bool quiet = false, debug_http = false, help = false;
};

/// The rows of those flags, for parsing, help and completion.
const std::vector<Param>& global_params();

/// Helm's own global flags, which only the chart verbs take beside them.
const std::vector<Param>& helm_params();

/// All flags and arguments that a command takes: its own, then the global ones. nullptr: no command is known
/// yet. Of two with one name the earlier counts ('chart template -s' is Helm's --show-only).
std::vector<const Param*> params_of(const Command* command);

}  // namespace dpctl::cli
