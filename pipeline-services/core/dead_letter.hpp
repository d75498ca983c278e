#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/arena.hpp"
#include "pipeline-services/core/message.hpp"

namespace dpctl::pipeline {

/// Codes of dead letters.
namespace fault {
inline constexpr std::string_view kInvalidJson = "INVALID_JSON";  ///< the bytes are no JSON object
inline constexpr std::string_view kContract =
    "CONTRACT_VIOLATION";  ///< a required field is missing or of the wrong kind
inline constexpr std::string_view kValidation =
    "VALIDATION_ERROR";  ///< a value that cannot be: NaN, a time in the spring gap
inline constexpr std::string_view kUnexpected = "UNEXPECTED_ERROR";
}  // namespace fault

/// Why a message cannot go on.
struct Fault {
  std::string_view code;   ///< one of fault::k…
  std::string_view issue;  ///< short, stable, countable: "nonexistent_local_time"
  std::string message;     ///< for a person
};

/// Messages that cannot go on, in the one schema of all stages, keyed by the original key. The original bytes
/// are in payload.raw_event, raw_key and raw_headers, each beside its encoding: "utf-8" or "base64".
class DeadLetters {
 public:
  /// `stage`: "normalization", …; the letter's times come from `now`.
  void add(const SourceMessage& message, std::string_view stage, const Fault& fault, Micros now);
  [[nodiscard]] std::size_t size() const { return out_.size(); }
  [[nodiscard]] std::string_view key(std::size_t i) const { return out_.key(i); }
  [[nodiscard]] std::string_view value(std::size_t i) const { return out_.value(i); }
  [[nodiscard]] std::string_view issue(std::size_t i) const { return origins_[i].issue; }
  /// The topic from which the message came.
  [[nodiscard]] std::string_view topic(std::size_t i) const { return origins_[i].topic; }
  void clear() {
    out_.clear();
    origins_.clear();
  }

 private:
  OutMessages out_;
  struct Origin {
    std::string topic, issue;
  };
  std::vector<Origin> origins_;
};

/// A dead letter read again: what failed, why, and the message as it came.
struct DeadLetter {
  std::string stage;  ///< lower case
  std::string code, issue, message;
  std::string topic;  ///< from which the message came
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::int64_t retry_count = 0;
  Micros occurred_at = 0;
  std::string key, value;
  std::vector<std::pair<std::string, std::string>> headers;
};

/// Code::failed when it is no dead letter of this schema, or its original cannot be restored to the byte.
Result<DeadLetter> read_dead_letter(std::string_view letter);

}  // namespace dpctl::pipeline
