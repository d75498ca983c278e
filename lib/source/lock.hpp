#pragma once

#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::source {

/// Chart.lock, or requirements.lock of a v1 chart: which version of each dependency was chosen.
struct Lock {
  std::vector<chart::Dependency> dependencies{};  ///< name, version and repository only
  std::string digest{};                           ///< "sha256:…" over what was asked and what was chosen
  std::string generated{};                        ///< RFC 3339
};

/// Reads the lock that a chart was loaded with.
Result<Lock> lock_of(const chart::Chart& chart);

/// Helm's digest: SHA-256 of the JSON list [asked, chosen], each row in the order of Helm's fields.
std::string lock_digest(const std::vector<chart::Dependency>& asked,
                        const std::vector<chart::Dependency>& chosen);

/// The text of the file.
std::string lock_text(const Lock& lock);

}  // namespace dpctl::source
