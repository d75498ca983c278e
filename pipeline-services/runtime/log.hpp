#pragma once

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/error.hpp"

namespace dpctl::runtime {

enum class Level { debug, info, warn, error };

/// "debug" … "error"; info when it is none of them.
Level level_of(std::string_view name);

/// One JSON object a line on stderr: time, level, service, message, and the fields given. Thread-safe; a line
/// is one write.
class Log {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string>>;
  Log(std::string service, Level least) : service_(std::move(service)), least_(least) {}
  void set_level(Level least) { least_ = least; }
  void debug(std::string_view message, Fields fields = {}) const { write(Level::debug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(Level::info, message, fields); }
  void warn(std::string_view message, Fields fields = {}) const { write(Level::warn, message, fields); }
  void error(std::string_view message, Fields fields = {}) const { write(Level::error, message, fields); }
  void error(std::string_view message, const Error& why) const { error(message, {{"error", one_line(why)}}); }
  void warn(std::string_view message, const Error& why) const { warn(message, {{"error", one_line(why)}}); }

 private:
  void write(Level level, std::string_view message, Fields fields) const;
  std::string service_;
  std::atomic<Level> least_;
};

}  // namespace dpctl::runtime
