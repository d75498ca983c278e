#include "cli/commands/chart/chart_options.hpp"

#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "lib/chart/redaction.hpp"
#include "lib/data/json.hpp"

namespace dpctl::cli {

namespace {

/// "db.password=env:DB" as the JSON that says so: the value is asked for when the chart is rendered.
Result<std::string> secret_flag(const std::string& flag) {
  const auto equals = flag.find('=');
  if (equals == std::string::npos || equals == 0)
    return fail(Code::usage, "--set-secret {}: it is KEY=SOURCE", flag)
        .hint("SOURCE is env:NAME, file:PATH or secretRef:SECRET/KEY");
  const Json mark{{std::string(chart::kSecretKey), flag.substr(equals + 1)}};
  return flag.substr(0, equals + 1) + dump_json(mark);
}

}  // namespace

std::vector<std::string> comma_separated(const std::vector<std::string>& flags) {
  std::vector<std::string> words;
  for (const auto& flag : flags) {
    if (flag.empty()) continue;
    bool quoted = false;
    words.emplace_back();
    for (std::size_t i = 0; i < flag.size(); ++i) {
      auto& word = words.back();
      if (flag[i] == ',' && !quoted) {
        words.emplace_back();
      } else if (flag[i] != '"' || (!quoted && !word.empty())) {
        word += flag[i];
      } else if (quoted && flag.substr(i + 1).starts_with('"')) {
        word += flag[++i];  // two of them inside quotes stand for one
      } else {
        quoted = !quoted;
      }
    }
  }
  return words;
}

Result<chart::ValueFlags> flags_of(const ValueOptions& options, Env& env) {
  chart::ValueFlags flags{.set_json = options.set_json,
                          .set = options.set,
                          .set_string = options.set_string,
                          .set_file = options.set_file,
                          .set_literal = options.set_literal,
                          .read_file = [&env](const std::string& path) { return env.read(path); }};
  for (const auto& path : comma_separated(options.values)) {
    DPCTL_TRY(auto text, env.read(path));
    flags.files.push_back({path, std::move(text)});
  }
  for (const auto& secret : options.set_secret) {
    DPCTL_TRY(flags.set_json.emplace_back(), secret_flag(secret));
  }
  return flags;
}

Result<chart::Value> values_of(const ValueOptions& options, Env& env) {
  DPCTL_TRY(const auto flags, flags_of(options, env));
  return chart::merge_flags(flags);
}

}  // namespace dpctl::cli
