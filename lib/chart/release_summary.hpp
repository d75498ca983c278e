#pragma once

#include <map>
#include <string>

#include "lib/base/result.hpp"
#include "lib/chart/release.hpp"
#include "lib/kube/payload.hpp"

namespace dpctl::chart {

/// What lists show of a revision.
struct Summary {
  std::string name{}, ns{};
  int version = 0;
  std::string status{}, description{};
  std::string first_deployed{}, last_deployed{};  ///< RFC 3339
  std::string chart{}, chart_version{}, app_version{};
  Pieces pieces{};

  [[nodiscard]] bool pending() const { return status.starts_with("pending-"); }
};

/// Reads it from the front of a record, and stops where all of it is known: base64, gzip and JSON go by in one
/// pass, and neither the files of the chart nor the manifest become strings. Errors name the Secret. Parts are
/// not needed.
Result<Summary> read_summary(const kube::Payload& head, kube::PayloadKind kind);

/// The same of a release that was read whole.
Summary summary_of(const Release& release);

}  // namespace dpctl::chart
