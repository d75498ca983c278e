#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "lib/chart/chart.hpp"

namespace dpctl::source {

/// Chart.yaml's fields by their names in the file, empty ones left out: what Chart.yaml in a package, the
/// configuration of a chart in a registry and `show chart` are written from. Those of requirements.yaml too.
chart::Value metadata_fields(const chart::Metadata& metadata);
/// One row of `dependencies:`, the same way.
chart::Value dependency_fields(const chart::Dependency& dependency);

/// Chart.yaml as Helm writes it: keys sorted.
std::string metadata_yaml(const chart::Metadata& metadata);

/// "web-1.2.3.tgz"
std::string package_name(const chart::Metadata& metadata);

/// The chart and its subcharts as a .tgz that Helm reads. The same chart gives the same bytes: no times, no
/// owners, a fixed order of files.
Result<std::string> package(const chart::Chart& chart);

/// Writes the files of a .tgz below `into`/NAME, NAME being the chart's; nothing is ever written elsewhere.
/// Gives that folder. `archive_name` appears in errors.
Result<std::filesystem::path> unpack(std::string_view bytes, std::string_view archive_name,
                                     const std::filesystem::path& into);

}  // namespace dpctl::source
