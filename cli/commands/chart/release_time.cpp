#include "cli/commands/chart/release_time.hpp"

#include <array>
#include <ctime>
#include <tuple>

#include "lib/chart/functions/go_time.hpp"
#include "lib/kube/time.hpp"

namespace dpctl::cli {
namespace {

constexpr const char* kRecords = "2006-01-02T15:04:05.999999999Z07:00";      // RFC 3339 with a fraction
constexpr const char* kGoString = "2006-01-02 15:04:05.999999999 -0700 MST";  // time.Time.String()

}  // namespace

std::string local_time(const std::string& time) {
  const auto moment = kube::parse_time(time);
  if (!moment) return time;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(*moment);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts)};
}

std::string list_time(const std::string& time, const std::string& layout) {
  if (time.empty()) return "-";
  const auto moment = chart::GoTime::parse(kRecords, time);
  return moment ? moment->format(layout.empty() ? kGoString : layout) : time;
}

bool is_before(const std::string& a, const std::string& b) {
  const auto one = chart::GoTime::parse(kRecords, a), other = chart::GoTime::parse(kRecords, b);
  if (!one || !other) return !one && other;
  return std::tie(one->seconds, one->nanoseconds) < std::tie(other->seconds, other->nanoseconds);
}

}  // namespace dpctl::cli
