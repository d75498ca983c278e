#include "lib/chart/functions/decimal.hpp"

#include <openssl/bn.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "lib/chart/text/error.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

constexpr int kDivisionPlaces = 16;
constexpr int kMaxExponent =
    5000;  // of what doubles can make by a few operations; bounds the size of the integers

struct Context {
  BN_CTX* ctx = BN_CTX_new();
  ~Context() { BN_CTX_free(ctx); }
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

}  // namespace

void Decimal::Free::operator()(bignum_st* number) const { BN_free(number); }

Decimal Decimal::from(double value) {
  if (!std::isfinite(value)) throw_error("Cannot create a Decimal from " + format_real(value));
  const std::string text = format_real(std::fabs(value), 'e', -1);
  const auto e = text.find('e');
  std::string digits = text.substr(0, e);
  int exponent = std::atoi(text.c_str() + e + 1);
  if (const auto dot = digits.find('.'); dot != std::string::npos) {
    exponent -= static_cast<int>(digits.size() - dot - 1);
    digits.erase(dot, 1);
  }
  BIGNUM* number = nullptr;
  BN_dec2bn(&number, digits.c_str());
  BN_set_negative(number, value < 0 ? 1 : 0);
  return {Number(number), exponent};
}

Decimal::Number Decimal::scaled(int exponent) const {
  Context context;
  Number power(BN_new());
  Number by(BN_new());
  Number ten(BN_new());
  BN_set_word(ten.get(), 10);
  BN_set_word(by.get(), static_cast<BN_ULONG>(exponent_ - exponent));
  BN_exp(power.get(), ten.get(), by.get(), context.ctx);
  Number out(BN_new());
  BN_mul(out.get(), number_.get(), power.get(), context.ctx);
  return out;
}

Decimal Decimal::apply(char operation, const Decimal& other) const {
  Context context;
  Number out(BN_new());
  if (std::abs(exponent_) > kMaxExponent || std::abs(other.exponent_) > kMaxExponent)
    throw_error("a decimal is out of range");
  if (operation == '*') {
    BN_mul(out.get(), number_.get(), other.number_.get(), context.ctx);
    return {std::move(out), exponent_ + other.exponent_};
  }
  const int exponent = std::min(exponent_, other.exponent_);
  if (operation != '/') {
    const auto a = scaled(exponent);
    const auto b = other.scaled(exponent);
    if (operation == '+') {
      BN_add(out.get(), a.get(), b.get());
    } else {
      BN_sub(out.get(), a.get(), b.get());
    }
    return {std::move(out), exponent};
  }
  if (BN_is_zero(other.number_.get())) throw_error("decimal division by 0");
  // (a × 10^places) / b, rounded half away from zero.
  const auto a = scaled(exponent - kDivisionPlaces);
  const auto b = other.scaled(exponent);
  Number rest(BN_new());
  BN_div(out.get(), rest.get(), a.get(), b.get(), context.ctx);
  BN_lshift1(rest.get(), rest.get());
  if (BN_ucmp(rest.get(), b.get()) >= 0) {
    const bool negative = BN_is_negative(a.get()) != BN_is_negative(b.get());
    if (negative) {
      BN_sub_word(out.get(), 1);
    } else {
      BN_add_word(out.get(), 1);
    }
  }
  return {std::move(out), -kDivisionPlaces};
}

double Decimal::real() const {
  char* digits = BN_bn2dec(number_.get());
  const std::string text = std::string(digits) + "e" + std::to_string(exponent_);
  OPENSSL_free(digits);
  return parse_real(text).value_or(0);
}

}  // namespace dpctl::chart
