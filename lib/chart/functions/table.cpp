#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {

namespace {

using Table = std::unordered_map<std::string_view, const Function*>;

const Table& table() {
  static const auto all = [] {
    Table by_name;
    by_name.reserve(320);
    for (const auto family : {builtin_functions(), string_functions(), word_functions(), list_functions(),
                              dict_functions(), math_functions(), logic_functions(), regex_functions(),
                              encoding_functions(), data_functions(), path_functions(), url_functions(), date_functions(),
                              semver_functions(), random_functions(), crypto_functions(), engine_functions()})
      for (const auto& function : family) by_name[function.name] = &function;
    return by_name;
  }();
  return all;
}

}  // namespace

const Function* find_function(std::string_view name) {
  const auto found = table().find(name);
  return found == table().end() ? nullptr : found->second;
}

std::vector<std::string_view> function_names() {
  std::vector<std::string_view> names;
  for (const auto& [name, function] : table()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace dpctl::chart
