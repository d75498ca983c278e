#include "pipeline-services/io/fault_point.hpp"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

namespace dpctl::io {
namespace {

struct Crash {
  std::string name;
  std::atomic<int> left{0};
  Crash() {
    const char* value = std::getenv("DATA_PROC_TEST_CRASH_AT");
    if (value == nullptr) return;
    const std::string_view text(value);
    const auto colon = text.find(':');
    int count = 1;
    if (colon != std::string_view::npos)
      std::from_chars(text.data() + colon + 1, text.data() + text.size(), count);
    name = text.substr(0, colon);
    left = count;
  }
};

}  // namespace

void fault_point(std::string_view name) {
  static Crash crash;
  if (crash.name.empty() || crash.name != name) return;
  if (--crash.left == 0) kill(getpid(), SIGKILL);
}

}  // namespace dpctl::io
