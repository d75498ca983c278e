#include "pipeline-services/runtime/log.hpp"

#include <unistd.h>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/io/wall_clock.hpp"

namespace dpctl::runtime {

Level level_of(std::string_view name) {
  if (name == "debug") return Level::debug;
  if (name == "warn") return Level::warn;
  if (name == "error") return Level::error;
  return Level::info;
}

void Log::write(Level level, std::string_view message, Fields fields) const {
  if (level < least_) return;
  constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};
  std::string line;
  pipeline::JsonObject object(line);
  object.time("time", io::wall_clock_us());
  object.text("level", kNames[static_cast<std::size_t>(level)]);
  object.text("service", service_);
  object.text("message", message);
  for (const auto& [name, value] : fields)
    object.text(name, is_utf8(value) ? std::string_view(value) : std::string_view("(not text)"));
  object.end();
  line += '\n';
  // A log line that cannot be written has nowhere to go.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace dpctl::runtime
