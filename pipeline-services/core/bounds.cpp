#include "pipeline-services/core/bounds.hpp"

#include "lib/base/strings.hpp"

namespace dpctl::pipeline {

Result<PriceBound> PriceBound::parse(std::string_view text) {
  PriceBound bound;
  for (const auto part : split(text, ',')) {
    const auto equals = part.find('=');
    const auto name = equals == part.npos ? std::string_view() : trim(part.substr(0, equals));
    const auto number = Fixed::parse(trim(equals == part.npos ? part : part.substr(equals + 1)));
    if (!number || (equals != part.npos && name.empty()))
      return fail(Code::usage, "\"{}\" is no price bound", part.substr(0, 64))
          .hint("a number, or MARKET=number, or MARKET.PRODUCT=number, with commas");
    if (name.empty()) {
      bound.all_ = number;
      continue;
    }
    std::string upper(name);
    for (char& c : upper)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const auto dot = upper.find('.');
    bound.named_.push_back({upper.substr(0, dot), dot == upper.npos ? "" : upper.substr(dot + 1), *number});
  }
  return bound;
}

std::optional<Fixed> PriceBound::find(std::string_view market, std::string_view product) const {
  std::optional<Fixed> of_market;
  for (const auto& named : named_) {
    if (named.market != market) continue;
    if (named.product == product) return named.bound;
    if (named.product.empty()) of_market = named.bound;
  }
  return of_market ? of_market : all_;
}

}  // namespace dpctl::pipeline
