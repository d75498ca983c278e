#include "pipeline-services/projection/latest_prices.hpp"

#include <charconv>

#include "lib/base/strings.hpp"

namespace dpctl::runtime {
namespace {

using namespace pipeline;

// TabSeparated: one row a line, \N for null; names hold no tabs (core's instrument_id and the contract's
// names see to it).
constexpr std::string_view kColumns =
    "SELECT tenant_id, instrument_id, market, product, location_type, location, currency, unit, "
    "toString(price), "
    "if(isNull(volume), '', toString(volume)), toUnixTimestamp64Micro(event_time), "
    "toUnixTimestamp64Micro(interval_start), interval, "
    "revision, quality FROM served_latest FINAL WHERE ";
constexpr std::size_t kCount = 15;

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<std::vector<LatestPrice>> LatestPrices::read(
    const std::string& condition, const std::vector<std::pair<std::string, std::string>>& parameters) {
  DPCTL_TRY(const auto answer,
            clickhouse_.query(std::string(kColumns) + condition + " FORMAT TabSeparatedRaw", parameters));
  std::vector<LatestPrice> prices;
  for (const auto line : split(answer, '\n')) {
    if (line.empty()) continue;
    const auto cells = split(line, '\t');
    if (cells.size() != kCount)
      return fail(Code::failed, "served_latest answers {} columns, {} were asked for", cells.size(), kCount);
    LatestPrice price;
    std::string* const texts[] = {&price.tenant,        &price.instrument_id, &price.market,   &price.product,
                                  &price.location_type, &price.location,      &price.currency, &price.unit};
    for (std::size_t i = 0; i < std::size(texts); ++i) *texts[i] = cells[i];
    price.price = Fixed::parse(cells[8]).value_or(Fixed{});
    price.volume = Fixed::parse(cells[9]);
    price.event_time = number(cells[10]);
    price.interval_start = number(cells[11]);
    price.interval = interval_of(cells[12]).value_or(Interval::m5);
    price.revision = number(cells[13]);
    price.quality = static_cast<quality::Mask>(number(cells[14]));
    prices.push_back(std::move(price));
  }
  return prices;
}

Result<std::optional<LatestPrice>> LatestPrices::find(const std::string& tenant,
                                                      const std::string& instrument) {
  DPCTL_TRY(auto found, read("tenant_id = {tenant:String} AND instrument_id = {instrument:String}",
                             {{"tenant", tenant}, {"instrument", instrument}}));
  if (found.empty()) return std::optional<LatestPrice>{};
  return std::optional<LatestPrice>(std::move(found.front()));
}

Result<std::vector<LatestPrice>> LatestPrices::list(const std::string& tenant, int limit) {
  return read("tenant_id = {tenant:String} ORDER BY instrument_id LIMIT {limit:UInt32}",
              {{"tenant", tenant}, {"limit", std::to_string(limit)}});
}

}  // namespace dpctl::runtime
