#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace template_families {

/// The family of a difference that is accepted, by its name in README.md; nothing when it is not.
std::optional<std::string_view> of(std::string_view text, std::string_view theirs, std::string_view ours, bool ok);

}  // namespace template_families
