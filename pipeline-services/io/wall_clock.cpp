#include "pipeline-services/io/wall_clock.hpp"

#include <chrono>
#include <cstdlib>
#include <fstream>

namespace dpctl::io {
namespace {

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

}  // namespace dpctl::io
