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
  std::string token_file{}, as{}, as_uid{};
  std::vector<std::string> as_groups{};
  std::string certificate_authority{}, client_certificate{}, client_key{}, tls_server_name{};
  bool insecure_skip_tls_verify = false;
  std::chrono::nanoseconds timeout{std::chrono::minutes(15)};
  std::string color = "auto", progress = "auto";
  bool quiet = false, debug_http = false, help = false;
};

/// The rows of those flags, for parsing, help and completion.
const std::vector<Param>& global_params();

}  // namespace dpctl::cli
