#pragma once

#include <memory>
#include <optional>

#include "lib/chart/release_store.hpp"
#include "lib/plan/step.hpp"

namespace dpctl::deploy {

/// The record of a revision that is under way, as it is written before anything is applied.
class PendingRecord {
 public:
  /// Writes it; Code::conflict when somebody else made that revision. Blocks.
  ///
  /// `planned`: the records that were planned with, when they were not read again under the lock. They are
  /// looked at meanwhile, and what a tool without a lock did in between is Code::conflict, too.
  static Result<std::unique_ptr<PendingRecord>> write(const plan::Context&, chart::Release,
                                                      const chart::History* planned);

  /// Removes the record that nobody took, ignoring failure: nothing was done in its name.
  ~PendingRecord();
  PendingRecord(const PendingRecord&) = delete;
  PendingRecord& operator=(const PendingRecord&) = delete;

  /// From here on the caller says how it ended.
  chart::Release take();

 private:
  PendingRecord(chart::ReleaseStore records, chart::Release release)
      : records_(std::move(records)), release_(std::move(release)) {}

  chart::ReleaseStore records_;
  std::optional<chart::Release> release_;
};

}  // namespace dpctl::deploy
