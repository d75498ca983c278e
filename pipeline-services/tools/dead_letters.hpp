#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/dead_letter.hpp"

namespace dpctl::pipeline {

/// Which dead letters are meant; what is empty does not narrow.
struct LetterFilter {
  std::string issue{};                     ///< "nonexistent_local_time"
  std::string code{};                      ///< "VALIDATION_ERROR"
  std::string topic{};                     ///< from which the message came
  std::string key{};                       ///< the original key, whole
  std::optional<Micros> since{}, until{};  ///< when it failed: since <= time < until
  std::vector<std::int64_t> offsets{};     ///< of the letter itself, in the dead-letter topic
  std::optional<std::int64_t> most_retries{};

  [[nodiscard]] bool matches(const DeadLetter& letter, std::int64_t offset) const;
  /// Does it narrow at all?
  [[nodiscard]] bool empty() const;
};

/// Headers of a message that is sent once more: the original's, with retry_count one higher.
std::vector<std::pair<std::string, std::string>> replay_headers(const DeadLetter& letter);

}  // namespace dpctl::pipeline
