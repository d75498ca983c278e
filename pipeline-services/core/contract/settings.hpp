#pragma once

#include <span>
#include <string_view>

/// The guide's DATA_PROC_* variables: name, default, meaning. Values are read in runtime/, never here.
namespace dpctl::pipeline::contract {

struct Setting {
  std::string_view name;      ///< without the prefix
  std::string_view fallback;  ///< value when the variable is absent
  std::string_view doc;       ///< one line: meaning and unit
  bool secret = false;
};

inline constexpr std::string_view kSettingPrefix = "DATA_PROC_";

/// All settings, in the order in which `config explain` prints them.
std::span<const Setting> settings();
/// The row of a name (without prefix), or nullptr.
const Setting* setting(std::string_view name);

}  // namespace dpctl::pipeline::contract
