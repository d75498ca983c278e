#include "pipeline-services/runtime/outbox.hpp"

#include <algorithm>
#include <chrono>

#include "lib/base/encoding.hpp"
#include "pipeline-services/runtime/trace.hpp"

namespace dpctl::runtime {

Result<void> Outbox::send(std::string_view topic, std::string_view key, std::string_view value) {
  if (effects_ != Effects::all) return {};
  if (holding_) {
    held_.push_back({std::string(topic), std::string(key), std::string(value)});
    return {};
  }
  if (!options_.topic_suffix.empty()) topic = topic_.assign(topic).append(options_.topic_suffix);
  const io::Header trace[] = {{kTraceParent, traceparent_}};
  DPCTL_CHECK(producer_.send(topic, key, value,
                             traceparent_.empty() ? std::span<const io::Header>{} : std::span(trace)));
  ++unacknowledged_;
  sent_ = true;
  return {};
}

Result<void> Outbox::dead(std::string_view topic, std::string_view key, std::string_view value,
                          std::string_view issue) {
  if (effects_ != Effects::all) return {};
  DPCTL_CHECK(send(topic, key, value));
  metrics_.add(metric::kDeadLetters, 1, {{"code", std::string(issue)}});
  return {};
}

Outbox::Table& Outbox::table(std::string_view name) {
  auto found = tables_.find(name);
  if (found == tables_.end()) {
    found = tables_.try_emplace(std::string(name)).first;
    found->second.name = std::string(name) + options_.table_suffix;
  }
  return found->second;
}

io::RowBlock& Outbox::rows(std::string_view name) {
  auto& found = table(name);
  return effects_ == Effects::none ? found.unwanted : found.open;
}

void Outbox::added(std::string_view) {
  if (effects_ != Effects::none) ++waiting_;
}

void Outbox::want(Effects effects) {
  effects_ = effects;
  if (effects_ != Effects::none)
    for (auto& [name, table] : tables_) table.unwanted.clear();
}

std::size_t Outbox::waiting_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [name, table] : tables_) bytes += table.open.bytes();
  return bytes;
}

SealedBlock Outbox::sealed(Table& table, std::string_view sources) const {
  SealedBlock block{.table = table.name, .columns = table.open.column_list(), .rows = table.open.rows()};
  table.open.encode(block.native);
  block.token = fmt::format("{}/{}/{}/{}", options_.service, table.name, sources, sha256_hex(block.native));
  table.open.clear();
  return block;
}

void Outbox::seal(std::string_view sources) {
  std::vector<SealedBlock> lot;
  for (auto& [name, table] : tables_)
    if (table.open.rows() > 0) lot.push_back(sealed(table, sources));
  waiting_ = 0;
  inserter_.take(std::move(lot));
}

Result<void> Outbox::send_held() {
  for (const auto& message : std::exchange(held_, {}))
    DPCTL_CHECK(send(message.topic, message.key, message.value));
  return {};
}

Result<void> Outbox::await_messages(Deadline deadline) {
  if (!sent_) return {};
  const auto begin = std::chrono::steady_clock::now();
  if (auto done = producer_.flush(deadline); !done) {
    metrics_.add(metric::kSinkErrors, 1, {{"sink", "kafka"}});
    return done;
  }
  metrics_.observe(metric::kSinkSeconds, seconds_since(begin), {{"sink", "kafka"}});
  metrics_.add(metric::kProduced, std::exchange(unacknowledged_, 0));
  sent_ = false;
  return {};
}

void Outbox::forget() {
  for (auto& [name, table] : tables_) {
    table.open.clear();
    table.unwanted.clear();
  }
  inserter_.forget();
  held_.clear();
  waiting_ = 0;
  unacknowledged_ = 0;
  sent_ = false;
}

}  // namespace dpctl::runtime
