#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/dead_letter.hpp"
#include "pipeline-services/core/json_in.hpp"
#include "pipeline-services/core/tick.hpp"

namespace dpctl::pipeline {

/// A field's name with its hash, which the compiler computes when the name is a literal.
struct FieldName {
  constexpr FieldName(const char* name)  // NOLINT(google-explicit-constructor): row.text("price")
      : FieldName(std::string_view(name)) {}
  constexpr FieldName(std::string_view name)  // NOLINT(google-explicit-constructor)
      : text(name), hash(name_hash(name)) {}
  std::string_view text;
  std::uint32_t hash;
};

/// The fields of a raw_data object, and the first thing found wrong with them. Getters go on with a zero
/// value after a fault, so a parser reads what it needs and asks ok() once. Of two fields of one name the
/// first holds.
class Row {
 public:
  void clear() {
    fields_.clear();
    first_.fill(0);
    fault_.reset();
  }
  void add(std::string_view name, Scalar value) {
    const std::uint32_t hash = name_hash(name);
    std::uint32_t& first = first_[hash % first_.size()];
    fields_.push_back({name, value, hash, first});
    first = static_cast<std::uint32_t>(fields_.size());
  }

  /// The value as text without blanks around it; empty when absent or null.
  [[nodiscard]] std::string_view text(FieldName name) const {
    std::string_view found;
    for (std::uint32_t at = first_[name.hash % first_.size()]; at != 0; at = fields_[at - 1].before)
      if (fields_[at - 1].hash == name.hash && fields_[at - 1].name == name.text)
        found = fields_[at - 1].value.text;
    return trimmed(found);
  }
  static std::string_view trimmed(std::string_view text) {
    return !text.empty() && (text.front() <= ' ' || text.back() <= ' ') ? trim(text) : text;
  }
  std::string_view required(FieldName name);
  /// A finite number; a missing, blank or malformed one is a fault.
  Fixed decimal(FieldName name);
  /// Nothing when absent or blank; a fault when malformed.
  std::optional<Fixed> decimal_if(FieldName name);
  std::int64_t integer(FieldName name);
  [[nodiscard]] bool truth(FieldName name) const;

  /// A market's wall-clock time as UTC; a fault when it does not exist or is ambiguous.
  Micros utc(Zone zone, const LocalTime& local, Fold fold);
  /// Takes the value of a conversion, or its error as a fault.
  Micros take(const Result<Micros>& time);

  /// Reads a field's text as a number, as decimal() and integer() do.
  std::optional<Fixed> decimal_of(FieldName name, std::string_view text) {
    if (text.empty()) return {};
    const auto number = Fixed::parse(text);
    if (!number) fail_number(name, text, "not a finite decimal below 9e10");
    return number;
  }
  std::optional<std::int64_t> integer_of(FieldName name, std::string_view text) {
    if (text.empty()) return {};
    const auto number = Scalar{Scalar::Kind::number, text}.integer();
    if (!number) fail_number(name, text, "not an integer");
    return number;
  }

  void fail(std::string_view code, std::string_view issue, std::string message) {
    if (!fault_) fault_ = Fault{code, issue, std::move(message)};
  }
  /// In order, for those who look at each once.
  struct Field {
    std::string_view name;
    Scalar value;
    std::uint32_t hash;    ///< name_hash(name)
    std::uint32_t before;  ///< one more than the place of the field before in this chain; 0: none
  };
  [[nodiscard]] std::span<const Field> fields() const { return fields_; }

  [[nodiscard]] bool ok() const { return !fault_; }
  [[nodiscard]] const Fault& fault() const { return *fault_; }

 private:
  void fail_number(FieldName name, std::string_view text, std::string_view why);

  std::vector<Field> fields_;
  std::array<std::uint32_t, 64> first_{};  ///< chains by hash; one more than a place in fields_
  std::optional<Fault> fault_;
};

/// A tick while it is being made from a row.
struct Draft {
  Tick tick;
  bool generic = false;    ///< no row of a published file
  bool versioned = false;  ///< tick.revision is the source's own version
};

/// "MM/DD/YYYY[ HH:MM[:SS]]" (US order, parts may lack the leading zero, year may have two digits), with
/// optional " AM"/" PM".
std::optional<LocalTime> parse_us_time(std::string_view text);

}  // namespace dpctl::pipeline
