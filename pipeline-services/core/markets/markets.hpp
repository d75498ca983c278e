#pragma once

#include <string_view>

#include "pipeline-services/core/markets/row.hpp"
#include "pipeline-services/core/raw.hpp"

/// The adapters. For each market: parse_x turns a raw_data object into a draft tick (series, interval, price,
/// components); is_x recognises a published file by its first bytes, read_x turns it into rows.
namespace dpctl::pipeline::markets {

/// Fills product, location, interval, price and components of `draft`; faults stay in `row`. Strings view
/// into the row or are literals.
void parse_nyiso(Row& row, Draft& draft);
void parse_caiso(Row& row, Draft& draft);
void parse_ercot(Row& row, Draft& draft);
void parse_isone(Row& row, Draft& draft);
void parse_miso(Row& row, Draft& draft);
void parse_pjm(Row& row, Draft& draft);
void parse_spp(Row& row, Draft& draft);
/// Ticks that name instrument, time and price themselves (timestamp or time; price, last_price or value).
void parse_generic(Row& row, Draft& draft);

bool is_nyiso(std::string_view text);
bool is_caiso(std::string_view text);
bool is_ercot(std::string_view text);
bool is_isone(std::string_view text);
bool is_miso(std::string_view text);
bool is_pjm(std::string_view text);
bool is_spp(std::string_view text);

Result<RawFile> read_nyiso(std::string_view name, std::string_view text);
Result<RawFile> read_caiso(std::string_view name, std::string_view text);
Result<RawFile> read_ercot(std::string_view name, std::string_view text);
Result<RawFile> read_isone(std::string_view name, std::string_view text);
Result<RawFile> read_miso(std::string_view name, std::string_view text);
Result<RawFile> read_pjm(std::string_view name, std::string_view text);
Result<RawFile> read_spp(std::string_view name, std::string_view text);

/// The adapter of a market for rows that carry `report`; generic for all others, which it marks as such.
void parse(Market market, Row& row, Draft& draft);

}  // namespace dpctl::pipeline::markets
