#include "pipeline-services/runtime/inserter.hpp"

#include <chrono>

#include "pipeline-services/io/fault_point.hpp"

namespace dpctl::runtime {

using std::chrono::steady_clock;

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

Result<void> Inserter::insert_all() {
  while (!lot_.empty()) {
    DPCTL_CHECK(insert(lot_.back()));
    lot_.pop_back();
  }
  return {};
}

Result<void> Inserter::insert(const SealedBlock& block) {
  const auto begin = steady_clock::now();
  io::fault_point("before_insert");
  auto done = clickhouse_.insert(block.table, block.columns, block.native, block.token);
  io::fault_point("after_insert");
  metrics_.observe(metric::kSinkSeconds, std::chrono::duration<double>(steady_clock::now() - begin).count(),
                   {{"sink", "clickhouse"}});
  if (!done) {
    metrics_.add(metric::kSinkErrors, 1, {{"sink", "clickhouse"}});
    return done;
  }
  metrics_.observe(metric::kSinkBatch, static_cast<double>(block.rows), {{"sink", "clickhouse"}});
  metrics_.add(metric::kRows, block.rows, {{"table", block.table}});
  return {};
}

}  // namespace dpctl::runtime
