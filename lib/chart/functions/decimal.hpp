#pragma once

#include <memory>

struct bignum_st;

namespace dpctl::chart {

/// A decimal number of any size: integer × 10^exponent, as shopspring/decimal keeps it. Division keeps 16
/// decimal places.
class Decimal {
 public:
  /// The shortest decimal that reads back as `value`.
  static Decimal from(double value);
  /// '+', '-', '*' or '/'. Throws TemplateError on a division by zero.
  [[nodiscard]] Decimal apply(char operation, const Decimal& other) const;
  [[nodiscard]] double real() const;

 private:
  struct Free {
    void operator()(bignum_st* number) const;
  };
  using Number = std::unique_ptr<bignum_st, Free>;
  Decimal(Number number, int exponent) : number_(std::move(number)), exponent_(exponent) {}
  [[nodiscard]] Number scaled(int exponent) const;

  Number number_;
  int exponent_;
};

}  // namespace dpctl::chart
