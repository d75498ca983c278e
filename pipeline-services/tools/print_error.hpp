#pragma once

#include <cstdio>
#include <string>

#include "lib/base/error.hpp"
#include "pipeline-services/tools/verb.hpp"

namespace dpctl::pipeline {

/// "pipeline: what: cause (place)" and a line per hint, on stderr; the exit code that belongs to it.
inline int print_error(const Error& error) {
  std::string text = "pipeline: " + one_line(error);
  const Error* deepest = &error;
  while (deepest->cause) deepest = deepest->cause.get();
  if (deepest->where) text += " (" + to_string(*deepest->where) + ")";
  text += "\n";
  for (const Error* at = &error; at != nullptr; at = at->cause.get())
    for (const auto& hint : at->hints) text += "  try: " + hint + "\n";
  std::fputs(text.c_str(), stderr);
  return error.code == Code::usage ? kUsage : kFailed;
}

}  // namespace dpctl::pipeline
