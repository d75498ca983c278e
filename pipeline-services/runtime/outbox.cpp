#include "pipeline-services/runtime/outbox.hpp"

#include <chrono>

#include "lib/base/encoding.hpp"

namespace dpctl::runtime {
namespace {

using std::chrono::steady_clock;

double seconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double>(steady_clock::now() - begin).count();
}

}  // namespace

Result<void> Outbox::send(std::string_view topic, std::string_view key, std::string_view value) {
  DPCTL_CHECK(producer_.send(topic, key, value));
  ++unacknowledged_;
  sent_ = true;
  return {};
}

Result<void> Outbox::dead(std::string_view topic, std::string_view key, std::string_view value,
                          std::string_view issue) {
  DPCTL_CHECK(send(topic, key, value));
  metrics_.add(metric::kDeadLetters, 1, {{"code", std::string(issue)}});
  return {};
}

Result<void> Outbox::insert(const std::string& name, Table& table) {
  const auto begin = steady_clock::now();
  const auto done = clickhouse_.insert(name, table.text, sha256_hex(table.text));
  metrics_.observe(metric::kSinkSeconds, seconds_since(begin), {{"sink", "clickhouse"}});
  if (!done) {
    metrics_.add(metric::kSinkErrors, 1, {{"sink", "clickhouse"}});
    return done;
  }
  metrics_.add(metric::kRows, table.count, {{"table", name}});
  waiting_ -= table.count;
  table.text.clear();
  table.count = 0;
  return {};
}

Result<void> Outbox::flush(Deadline deadline) {
  for (auto& [name, table] : tables_)
    if (table.count > 0) DPCTL_CHECK(insert(name, table));
  if (!sent_) return {};
  const auto begin = steady_clock::now();
  if (auto done = producer_.flush(deadline); !done) {
    metrics_.add(metric::kSinkErrors, 1, {{"sink", "kafka"}});
    return done;
  }
  metrics_.observe(metric::kSinkSeconds, seconds_since(begin), {{"sink", "kafka"}});
  metrics_.add(metric::kProduced, std::exchange(unacknowledged_, 0));
  sent_ = false;
  return {};
}

}  // namespace dpctl::runtime
