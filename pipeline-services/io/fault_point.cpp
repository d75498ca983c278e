#include "pipeline-services/io/fault_point.hpp"

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
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

std::int64_t step_of_the_clock() {
  static const char* const file = std::getenv("DATA_PROC_TEST_CLOCK_FILE");
  if (file == nullptr) return 0;
  std::int64_t seconds = 0;
  std::ifstream(file) >> seconds;
  return seconds * 1'000'000;
}

}  // namespace

std::int64_t wall_clock_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count() + step_of_the_clock();
}

void fault_point(std::string_view name) {
  static Crash crash;
  if (crash.name.empty() || crash.name != name) return;
  if (--crash.left == 0) kill(getpid(), SIGKILL);
}

}  // namespace dpctl::io
