#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/render.hpp"

namespace dpctl::chart {

/// Cuts a rendered file into its documents: at lines that begin with ---, blank ones dropped. Views of `text`.
std::vector<std::string_view> split_documents(std::string_view text);

/// Sorts files into manifests and hooks, each in the order of installation. A document that is not YAML is an
/// error that names its file.
Result<void> sort_documents(std::vector<RenderedFile> files, Rendered& into);

/// Position of a kind in the order of installation; kinds that it does not name come last.
int install_rank(std::string_view kind);
/// The same for removal.
int uninstall_rank(std::string_view kind);

}  // namespace dpctl::chart
