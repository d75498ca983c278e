#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace dpctl {

struct TextDiffOptions {
  std::string before_name = "before";
  std::string after_name = "after";
  std::size_t context = 3;  ///< unchanged lines around a change
  std::size_t most_edits =
      2000;  ///< beyond this many changed lines the middle is shown as replaced as a whole
};

/// The difference of two texts by lines, in the unified format of `diff -u`; "" when they are equal. Time and
/// memory grow with lines × edits and edits², so both are bounded by `most_edits`.
std::string text_diff(std::string_view before, std::string_view after, const TextDiffOptions& options = {});

}  // namespace dpctl
