#pragma once

#include <concepts>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dpctl {

/// Parts between separators; "a,,b" has three, "" has one empty part. Views into `text`.
std::vector<std::string_view> split(std::string_view text, char separator);

/// Without blanks, tabs, CR and LF at both ends. A view into `text`.
std::string_view trim(std::string_view text);

// The views would outlive a temporary string, in a range-for for example.
template <std::same_as<std::string> S>
std::vector<std::string_view> split(S&& text, char separator) = delete;

std::string join(std::span<const std::string> parts, std::string_view separator);

/// ASCII only.
std::string to_lower(std::string_view text);

/// Is it well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF)?
bool is_utf8(std::string_view text);

/// The candidates that a person may have meant by `word`, best first, at most `most`: those within edit
/// distance two (one for words under four letters), as nix does: silence is better than a silly guess.
std::vector<std::string> suggestions(std::string_view word, std::span<const std::string> candidates,
                                     std::size_t most = 3);

/// "did you mean x or y?", or "" when nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace dpctl
