#include "pipeline-services/runtime/inserter.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "pipeline-services/io/fault_point.hpp"

namespace dpctl::runtime {

namespace {

constexpr std::size_t kAtOnce = 4;

}  // namespace

Inserter::Inserter(const io::ClickHouseOptions& clickhouse, Metrics& metrics) : metrics_(metrics) {
  for (std::size_t i = 0; i < kAtOnce; ++i) connections_.emplace_back(clickhouse);
}

void Inserter::take(std::vector<SealedBlock> lot) {
  lot_ = std::move(lot);
  has_lot_ = true;
}

void Inserter::begin() {
  if (!under_way()) under_way_ = std::async(std::launch::async, [this] { return insert_all(); });
}

bool Inserter::has_result() const {
  return under_way() && under_way_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

Result<void> Inserter::result() {
  auto done = under_way_.get();
  if (done) has_lot_ = false;
  return done;
}

void Inserter::forget() {
  if (under_way()) static_cast<void>(result());
  lot_.clear();
  has_lot_ = false;
}

// Each connection takes the next block until there is none, or one is refused.
Result<void> Inserter::insert_all() {
  std::atomic<std::size_t> next{0};
  const auto work = [&](io::ClickHouse& connection) -> Result<void> {
    for (auto i = next++; i < lot_.size(); i = next++) DPCTL_CHECK(insert(connection, lot_[i]));
    return {};
  };
  std::vector<std::future<Result<void>>> others;
  for (std::size_t i = 1; i < std::min(kAtOnce, lot_.size()); ++i)
    others.push_back(std::async(std::launch::async, work, std::ref(connections_[i])));
  auto done = work(connections_[0]);
  for (auto& other : others)
    if (auto its = other.get(); !its) done = std::move(its);
  std::erase_if(lot_, [](const SealedBlock& block) { return block.stored; });
  return done;
}

Result<void> Inserter::insert(io::ClickHouse& connection, SealedBlock& block) {
  const auto begin = std::chrono::steady_clock::now();
  io::fault_point("before_insert");
  auto done = connection.insert(block.table, block.columns, block.native, block.token);
  io::fault_point("after_insert");
  metrics_.observe(metric::kSinkSeconds, seconds_since(begin), {{"sink", "clickhouse"}});
  if (!done) {
    metrics_.add(metric::kSinkErrors, 1, {{"sink", "clickhouse"}});
    return done;
  }
  metrics_.observe(metric::kSinkBatch, static_cast<double>(block.rows), {{"sink", "clickhouse"}});
  metrics_.add(metric::kRows, block.rows, {{"table", block.table}});
  block.stored = true;
  return {};
}

}  // namespace dpctl::runtime
