#pragma once

#include <string>
#include <string_view>

namespace dpctl::chart {

/// A manifest in which each value that a Secret holds is "***", as `kubectl diff` shows it. Everything else stays
/// byte for byte; a document that is no YAML but may be a Secret is left out.
std::string mask_secrets(std::string_view manifest);

}  // namespace dpctl::chart
