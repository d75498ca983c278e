#include "pipeline-services/core/market.hpp"

#include <array>

#include "lib/base/strings.hpp"

namespace dpctl::pipeline {
namespace {

// Bounds: offer caps are 2,000 $/MWh outside ERCOT (FERC Order 831) and adders go above; ERCOT's cap is 5,000
// plus adders.
constexpr Fixed kFloor = Fixed::whole(-2000);
constexpr Fixed kCeiling = Fixed::whole(10'000);

constexpr std::array<MarketFacts, 7> kFacts{{
    {Market::miso, "MISO", Zone::est, kFloor, kCeiling, "midwest"},
    {Market::caiso, "CAISO", Zone::pacific, kFloor, kCeiling, "west"},
    {Market::ercot, "ERCOT", Zone::central, kFloor, kCeiling, "texas"},
    {Market::pjm, "PJM", Zone::eastern, kFloor, kCeiling, "northeast"},
    {Market::nyiso, "NYISO", Zone::eastern, kFloor, kCeiling, "northeast"},
    {Market::isone, "ISONE", Zone::eastern, kFloor, kCeiling, "northeast"},
    {Market::other, "", Zone::utc, kFloor, kCeiling, "unknown"},
}};

void append_safe(std::string& out, std::string_view part) {
  for (char c : part) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const bool safe = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    out += safe ? c : '_';
  }
}

}  // namespace

const MarketFacts& facts(Market market) { return kFacts[static_cast<std::size_t>(market)]; }

Market market_of(std::string_view name) {
  std::array<char, 8> folded{};
  std::size_t size = 0;
  for (char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    if (size == folded.size()) return Market::other;
    folded[size++] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const std::string_view wanted(folded.data(), size);
  for (const auto& fact : kFacts)
    if (fact.name == wanted) return fact.market;
  return Market::other;
}

void append_instrument_id(std::string& out, std::string_view market, std::string_view product,
                          std::string_view location_type, std::string_view location) {
  append_safe(out, market);
  for (auto part : {product, location_type, location}) {
    out += '.';
    append_safe(out, part);
  }
}

std::string instrument_id(std::string_view market, std::string_view product, std::string_view location_type,
                          std::string_view location) {
  std::string id;
  append_instrument_id(id, market, product, location_type, location);
  return id;
}

}  // namespace dpctl::pipeline
