#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/fixed.hpp"

namespace dpctl::pipeline {

/// One side of the hard price bounds, where it is not the market's own: "-2000", "ERCOT=-251",
/// "-500,PJM.DAM=-100,CAISO=-150". The closest name holds: market and product, then market, then the bare
/// number.
class PriceBound {
 public:
  PriceBound() = default;
  /// Code::usage when it is not of that form.
  static Result<PriceBound> parse(std::string_view text);

  /// Nothing when nothing is said about that market; `market` in upper case.
  [[nodiscard]] std::optional<Fixed> of(std::string_view market, std::string_view product) const {
    return named_.empty() ? all_ : find(market, product);
  }

 private:
  [[nodiscard]] std::optional<Fixed> find(std::string_view market, std::string_view product) const;
  struct Named {
    std::string market, product;  ///< product "": all of the market
    Fixed bound;
  };
  std::optional<Fixed> all_;
  std::vector<Named> named_;
};

}  // namespace dpctl::pipeline
