#pragma once

#include <cstdint>
#include <string_view>

#include "pipeline-services/core/time.hpp"

namespace dpctl::pipeline {

/// A market's calendar: its zone, and its standard on-peak block of sixteen hours.
///
/// Hours are counted by their beginning: HE 08–23 is [07:00, 23:00). The block is 5×16 (Monday to Friday) or
/// 6×16 (and Saturday), never on the six NERC holidays.
struct Calendar {
  Zone zone = Zone::utc;
  std::uint8_t peak_from = 7;  ///< local hour in which the block begins
  std::uint8_t peak_to = 23;   ///< local hour before which it ends
  bool saturday = false;       ///< 6×16
};

/// Of a market by name, in any case; UTC and 5×16 HE 08–23 for other markets.
///
/// PJM, NYISO, ISO-NE: Eastern prevailing, HE 08–23. ERCOT and SPP: Central prevailing, HE 07–22. MISO: EST
/// all year, HE 07–22 of its tariff. CAISO: Pacific prevailing, 6×16 HE 07–22.
const Calendar& calendar_of(std::string_view market);

/// Is the date (yyyymmdd) New Year's Day, Memorial Day, Independence Day, Labor Day, Thanksgiving or Christmas
/// as NERC keeps them? One that falls on a Sunday is kept on the Monday after; on a Saturday it stays.
bool is_nerc_holiday(int yyyymmdd);

/// 0 Sunday … 6 Saturday.
int weekday_of(int yyyymmdd);

/// The on-peak block of the local day that holds `at`: empty (start == end == the day's end) on days without
/// one.
DaySpan peak_block(const Calendar& calendar, Micros at);

}  // namespace dpctl::pipeline
