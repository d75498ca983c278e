#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// What the cluster can do, as charts ask for it. Without a cluster: the defaults of Helm 4.1.4.
struct Capabilities {
  std::string version = "v1.35.0";     ///< as the server says it: "v1.33.4-gke.1"
  std::string normalized = "v1.35.0";  ///< without suffixes; empty when a server told the version
  std::string major = "1";
  std::string minor = "35";
  std::vector<std::string> api_versions{};  ///< "apps/v1", "apps/v1/Deployment"

  /// The defaults, with the group versions that Helm is built with.
  static Capabilities defaults();
  /// --kube-version: "1.32", "v1.33.4-gke.1".
  Result<void> set_version(std::string_view text);
  /// As a server tells it. Helm normalises only what a person gave, so a suffix ("-gke.1") counts here: it makes
  /// the version a pre-release, which a range like ">=1.20" leaves out and ">=1.20-0" takes in.
  void set_served_version(std::string git_version, std::string server_major, std::string server_minor);
  /// What prints, and what constraints are checked against.
  [[nodiscard]] const std::string& text() const { return normalized.empty() ? version : normalized; }
};

/// .Capabilities
Value capabilities_value(const Capabilities& capabilities);
/// .Files of one chart; the files must outlive the value.
Value files_value(const Files& files);

}  // namespace dpctl::chart
