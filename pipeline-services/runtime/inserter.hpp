#pragma once

#include <future>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/io/clickhouse.hpp"
#include "pipeline-services/runtime/metrics.hpp"

namespace dpctl::runtime {

/// Rows of one table as they go to ClickHouse: after an error the same bytes go again under the same token,
/// so that an insert whose answer was lost is dropped by the server.
struct SealedBlock {
  std::string table{}, columns{}, native{}, token{};
  std::size_t rows = 0;
  bool stored = false;
};

/// Inserts blocks on threads of its own, one lot at a time and up to four tables at once, while the loop goes
/// on. Its calls come from one thread.
class Inserter {
 public:
  /// `metrics` outlives it.
  Inserter(const io::ClickHouseOptions& clickhouse, Metrics& metrics);
  ~Inserter() { forget(); }
  Inserter(const Inserter&) = delete;
  Inserter& operator=(const Inserter&) = delete;

  /// Takes a lot, which may be empty, when there is none.
  void take(std::vector<SealedBlock> lot);
  /// A lot is here that is not stored yet.
  [[nodiscard]] bool has_lot() const { return has_lot_; }
  /// Begins with what is left of the lot, unless it is under way.
  void begin();
  [[nodiscard]] bool under_way() const { return under_way_.valid(); }
  /// result() would not wait.
  [[nodiscard]] bool has_result() const;
  /// Waits until the lot is stored, or blocks of it are refused: then begin() goes on with those.
  Result<void> result();
  /// Waits for what is under way, and drops the lot.
  void forget();

 private:
  Result<void> insert_all();
  Result<void> insert(io::ClickHouse&, SealedBlock&);

  std::vector<io::ClickHouse> connections_;
  Metrics& metrics_;
  std::vector<SealedBlock> lot_;  ///< of the other threads while one is under way
  bool has_lot_ = false;
  std::future<Result<void>> under_way_;
};

}  // namespace dpctl::runtime
