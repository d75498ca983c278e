#include "pipeline-services/tools/paced_sink.hpp"

#include <thread>

namespace dpctl::pipeline {
namespace {

constexpr std::chrono::milliseconds kBurst{20};
constexpr std::uint64_t kUnpacedBurst = 5000;  // messages

}  // namespace

std::uint64_t PacedSink::burst_of(std::uint64_t message) const {
  if (rate_ == 0) return message / kUnpacedBurst;
  return message * 1000 / rate_ / static_cast<std::uint64_t>(kBurst.count());
}

Result<void> PacedSink::put(std::string_view topic, std::string_view key, std::string_view value) {
  if (const auto burst = burst_of(sent_); sent_ > 0 && burst != burst_of(sent_ - 1)) {
    DPCTL_CHECK(to_.flush());
    if (rate_ > 0) std::this_thread::sleep_until(begin_ + kBurst * static_cast<std::int64_t>(burst));
  }
  DPCTL_CHECK(to_.put(topic, key, value));
  ++sent_;
  return {};
}

}  // namespace dpctl::pipeline
