#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/json_in.hpp"
#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

/// The fields of a raw_data object, and the first thing found wrong with them. Getters go on with a zero
/// value after a fault, so a parser reads what it needs and asks ok() once.
class Row {
 public:
  void clear() {
    fields_.clear();
    fault_.reset();
  }
  void add(std::string_view name, Scalar value) { fields_.push_back({name, value}); }

  /// The value as text without blanks around it; empty when absent or null.
  [[nodiscard]] std::string_view text(std::string_view name) const;
  std::string_view required(std::string_view name);
  /// A finite number; a missing, blank or malformed one is a fault.
  Fixed decimal(std::string_view name);
  /// Nothing when absent or blank; a fault when malformed.
  std::optional<Fixed> decimal_if(std::string_view name);
  std::int64_t integer(std::string_view name);
  [[nodiscard]] bool truth(std::string_view name) const;

  /// A market's wall-clock time as UTC; a fault when it does not exist or is ambiguous.
  Micros utc(Zone zone, const LocalTime& local, Fold fold);
  /// Takes the value of a conversion, or its error as a fault.
  Micros take(const Result<Micros>& time);

  void fail(std::string_view code, std::string_view issue, std::string message) {
    if (!fault_) fault_ = Fault{code, issue, std::move(message)};
  }
  [[nodiscard]] bool ok() const { return !fault_; }
  [[nodiscard]] const Fault& fault() const { return *fault_; }

 private:
  struct Field {
    std::string_view name;
    Scalar value;
  };
  std::vector<Field> fields_;
  std::optional<Fault> fault_;
};

/// A tick while it is being made from a row.
struct Draft {
  Tick tick;
  bool versioned = false;  ///< tick.revision is the source's own version
};

/// "MM/DD/YYYY[ HH:MM[:SS]]" (US order, parts may lack the leading zero, year may have two digits), with
/// optional " AM"/" PM".
std::optional<LocalTime> parse_us_time(std::string_view text);

}  // namespace dpctl::pipeline
