#include "cli/commands/chart/chart_options.hpp"

#include "cli/app/env.hpp"

namespace dpctl::cli {

Result<chart::ValueFlags> flags_of(const ValueOptions& options, Env& env) {
  chart::ValueFlags flags{.set_json = options.set_json,
                          .set = options.set,
                          .set_string = options.set_string,
                          .set_file = options.set_file,
                          .set_literal = options.set_literal,
                          .read_file = [&env](const std::string& path) { return env.read(path); }};
  for (const auto& path : options.values) {
    DPCTL_TRY(auto text, env.read(path));
    flags.files.push_back({path, std::move(text)});
  }
  return flags;
}

Result<chart::Value> values_of(const ValueOptions& options, Env& env) {
  DPCTL_TRY(const auto flags, flags_of(options, env));
  return chart::merge_flags(flags);
}

}  // namespace dpctl::cli
