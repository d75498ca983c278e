#include <string_view>
#include <unordered_map>

#include "lib/chart/functions/function.hpp"

namespace dpctl::chart {

const Function* find_function(std::string_view name) {
  static const auto table = [] {
    std::unordered_map<std::string_view, const Function*> all;
    all.reserve(320);
    for (const auto family : {builtin_functions(), string_functions(), word_functions(), list_functions(),
                              dict_functions(), math_functions(), logic_functions(), regex_functions(),
                              encoding_functions(), data_functions(), path_functions(), date_functions(),
                              semver_functions(), random_functions(), crypto_functions(), engine_functions()})
      for (const auto& function : family) all[function.name] = &function;
    return all;
  }();
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace dpctl::chart
