#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

// The grammar of --set and its kin: "a.b=1,list[0].name=x,m\.x={a,b}". Each reads `text` into `into`, a map
// that is changed. Errors are Code::usage.

enum class SetKind {
  typed,   ///< --set: true, false, null and integers are what they look like
  string,  ///< --set-string: everything is text
  json,    ///< --set-json: values are JSON; or one whole object
};
Result<void> parse_set(std::string_view text, SetKind kind, const Value& into);
/// --set-literal: everything behind the first = is the value, as it is.
Result<void> parse_set_literal(std::string_view text, const Value& into);
/// The keys of --set-file with their paths, already read: `path` goes to the key.
Result<void> parse_set_file(std::string_view text, const Value& into,
                            const std::function<Result<std::string>(const std::string&)>& read_file);

}  // namespace dpctl::chart
