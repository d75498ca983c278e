// quotes.cpp: the CSV in which contract quotes come.
#include <algorithm>
#include <array>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/curves.hpp"

namespace dpctl::pipeline {
namespace {

constexpr std::array<std::string_view, 10> kColumns{"curve",  "shape",    "delivery_start", "delivery_end", "price",
                                                    "quoted_at", "market", "currency",      "unit",         "tenant"};
constexpr std::size_t kRequired = 6;

std::optional<LoadShape> shape_of(std::string_view text) {
  for (const auto shape : {LoadShape::base, LoadShape::on_peak, LoadShape::off_peak})
    if (name_of(shape) == text) return shape;
  return {};
}

/// The place of each column in the header; npos when it is not there.
Result<std::array<std::size_t, kColumns.size()>> header_of(std::string_view line) {
  std::array<std::size_t, kColumns.size()> places{};
  places.fill(std::string_view::npos);
  const auto names = split(line, ',');
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto* found = std::find(kColumns.begin(), kColumns.end(), trim(names[i]));
    if (found == kColumns.end())
      return fail(Code::usage, "\"{}\" is no column of contract quotes", trim(names[i]));
    places[static_cast<std::size_t>(found - kColumns.begin())] = i;
  }
  for (std::size_t i = 0; i < kRequired; ++i)
    if (places[i] == std::string_view::npos) return fail(Code::usage, "the column {} is missing", kColumns[i]);
  return places;
}

Result<ContractQuote> quote_of(std::string_view line, const std::array<std::size_t, kColumns.size()>& places) {
  const auto cells = split(line, ',');
  const auto cell = [&](std::size_t column) -> std::string_view {
    return places[column] < cells.size() ? trim(cells[places[column]]) : std::string_view();
  };
  ContractQuote quote;
  quote.curve = cell(0);
  if (quote.curve.empty()) return fail(Code::usage, "the curve has no name");
  const auto shape = shape_of(cell(1));
  if (!shape) return fail(Code::usage, "\"{}\" is no load shape", cell(1)).hint("base, on_peak or off_peak");
  quote.shape = *shape;
  const auto start = parse_day(cell(2)), last = parse_day(cell(3));
  if (!start || !last || *last < *start)
    return fail(Code::usage, "\"{}\" to \"{}\" is no delivery period", cell(2), cell(3))
        .hint("first and last day, as 2027-01-01");
  quote.start = *start;
  quote.end = *last + 1;
  const auto price = Fixed::parse(cell(4));
  if (!price) return fail(Code::usage, "\"{}\" is no price", cell(4));
  quote.price = *price;
  const auto at = parse_iso(cell(5));
  if (!at) return fail(Code::usage, "\"{}\" is no time", cell(5));
  quote.quoted_at = *at;
  for (const auto& [column, member] : {std::pair{std::size_t{6}, &quote.market},
                                       {7, &quote.currency},
                                       {8, &quote.unit},
                                       {9, &quote.tenant}})
    if (!cell(column).empty()) *member = cell(column);
  return quote;
}

}  // namespace

Result<std::vector<ContractQuote>> read_quotes(std::string_view csv, std::string_view file_name) {
  std::vector<ContractQuote> quotes;
  std::optional<std::array<std::size_t, kColumns.size()>> places;
  std::size_t number = 0;
  for (const auto line : split(csv, '\n')) {
    ++number;
    if (trim(line).empty() || line.front() == '#') continue;
    const auto failed = [&](Error error) {
      error.where = Place{.subject = std::string(file_name), .line = number, .column = 1};
      return fail(std::move(error));
    };
    if (!places) {
      const auto header = header_of(line);
      if (!header) return failed(header.error());
      places = *header;
      continue;
    }
    auto quote = quote_of(line, *places);
    if (!quote) return failed(quote.error());
    quotes.push_back(std::move(*quote));
  }
  if (quotes.empty())
    return fail(Code::usage, "{} holds no contract quotes", file_name)
        .hint("columns: curve,shape,delivery_start,delivery_end,price,quoted_at[,market,currency,unit,tenant]");
  return quotes;
}

}  // namespace dpctl::pipeline
