#include "pipeline-services/core/market.hpp"

#include <array>

#include "pipeline-services/core/hash.hpp"

namespace dpctl::pipeline {
namespace {

// Bounds: offer caps are 2,000 $/MWh outside ERCOT (FERC Order 831) and adders go above; ERCOT's cap is 5,000
// plus adders.
constexpr Fixed kFloor = Fixed::whole(-2000);
constexpr Fixed kCeiling = Fixed::whole(10'000);

constexpr std::array<MarketFacts, 8> kFacts{{
    {Market::miso, "MISO", Zone::est, kFloor, kCeiling, "midwest"},
    {Market::caiso, "CAISO", Zone::pacific, kFloor, kCeiling, "west"},
    {Market::ercot, "ERCOT", Zone::central, kFloor, kCeiling, "texas"},
    {Market::pjm, "PJM", Zone::eastern, kFloor, kCeiling, "northeast"},
    {Market::nyiso, "NYISO", Zone::eastern, kFloor, kCeiling, "northeast"},
    {Market::isone, "ISONE", Zone::eastern, kFloor, kCeiling, "northeast"},
    {Market::spp, "SPP", Zone::central, kFloor, kCeiling, "midwest"},
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
  std::uint64_t folded = 0;
  unsigned shift = 0;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == ' ') continue;
    if (shift == 64) return Market::other;
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    folded |= static_cast<std::uint64_t>(static_cast<unsigned char>(upper)) << shift;
    shift += 8;
  }
  for (const auto& fact : kFacts)
    if (load_bytes(fact.name.data(), fact.name.size()) == folded) return fact.market;
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
