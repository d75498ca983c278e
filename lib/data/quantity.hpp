#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl {

/// An amount of CPU, memory or storage as Kubernetes writes it: "500m", "512Mi", "1e3", "0.5". By the rules
/// of k8s.io/apimachinery's resource.Quantity: kept in billionths, finer parts round away from zero, capped
/// at 2^63-1.
class Quantity {
 public:
  Quantity() = default;

  /// Code::usage when it is none; more than 20 significant digits are refused.
  static Result<Quantity> parse(std::string_view text);

  /// Negative, zero or positive, by value: 1Gi equals 1024Mi, 0.5 equals 500m.
  [[nodiscard]] int compare(const Quantity& other) const;
  bool operator==(const Quantity& other) const { return compare(other) == 0; }
  bool operator<(const Quantity& other) const { return compare(other) < 0; }

  /// The canonical spelling, in the family it was read in: "1.5Gi" is "1536Mi", "0.5" is "500m", "1000k" is
  /// "1M", "12e6" is "12e6".
  [[nodiscard]] std::string text() const;

  /// Whole units, rounded up.
  [[nodiscard]] std::int64_t units() const;
  /// Thousandths, rounded up: CPU. The largest number there is when it does not fit.
  [[nodiscard]] std::int64_t milli() const;
  [[nodiscard]] double as_double() const;

 private:
  enum class Family : std::uint8_t { decimal, binary, exponent };
  __extension__ typedef __int128 Nanos;  // 2^63 × 10^9 does not fit 64 bits

  Nanos nanos_ = 0;
  Family family_ = Family::decimal;
};

}  // namespace dpctl
