#pragma once

#include <functional>
#include <span>
#include <string_view>

namespace CLI {
class App;
}

namespace dpctl::pipeline {

/// Exit codes of `pipeline`.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kUnhealthy = 7;  ///< a check says no

/// One verb: what it is called, and how its flags are declared. `declare` adds options to its own subcommand
/// and returns what runs when it is chosen; that returns an exit code.
struct Verb {
  std::string_view name;
  std::string_view summary;
  std::function<std::function<int()>(CLI::App&)> declare;
};

Verb feed_verb();
Verb run_verb();
Verb topics_verb();
Verb dlq_verb();
Verb read_verb();
Verb config_verb();
Verb compare_verb();
Verb report_verb();
Verb backfill_verb();
Verb curves_verb();
Verb reprocess_verb();
Verb verify_verb();
Verb tickgen_verb();

}  // namespace dpctl::pipeline
