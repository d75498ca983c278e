#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"

namespace dpctl::chart {

/// Go's path.Match: `*` and `?` stop at '/', `[a-z]`, `[^a]`, `\` takes the next character as it is. A broken
/// pattern matches nothing.
bool path_matches(std::string_view pattern, std::string_view path);

/// `--show-only`: the documents of a rendered text whose path behind the chart's name matches a pattern, in
/// the order of the patterns, as Helm prints them. Code::not_found at the first pattern that matches nothing.
Result<std::string> show_only(std::string_view rendered, std::span<const std::string> patterns);

/// Is it a name that Helm accepts for a release: DNS labels joined by dots, at most 53 characters?
Result<void> check_release_name(std::string_view name);

/// `--name-template`: a template without values.
Result<std::string> name_from_template(std::string_view text);

}  // namespace dpctl::chart
