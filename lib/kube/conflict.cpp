#include "lib/kube/conflict.hpp"

#include <nlohmann/json.hpp>

namespace dpctl::kube {
namespace {

constexpr std::string_view kBefore = "manager \"";
constexpr std::string_view kBetween = "\" owns ";
constexpr std::size_t kMost = 256;

}  // namespace

std::vector<FieldConflict> conflicts_in(const Json& status) {
  std::vector<FieldConflict> conflicts;
  for (const auto& cause : array_at(status, "details.causes")) {
    if (string_at(cause, "reason") != "FieldManagerConflict" || conflicts.size() >= kMost) continue;
    // 'conflict with "kubectl" using apps/v1', 'conflict with "kubectl" with subresource "scale" using …'
    const std::string message = string_at(cause, "message");
    const auto open = message.find('"');
    const auto close = open == std::string::npos ? open : message.find('"', open + 1);
    if (close == std::string::npos) continue;
    conflicts.push_back({message.substr(open + 1, close - open - 1), string_at(cause, "field")});
  }
  return conflicts;
}

std::string hint_of(const FieldConflict& conflict) {
  return std::string(kBefore) + conflict.manager + std::string(kBetween) + conflict.field;
}

std::vector<FieldConflict> conflicts_of(const Error& error) {
  std::vector<FieldConflict> conflicts;
  if (error.code != Code::conflict) return conflicts;
  for (const std::string_view hint : error.hints) {
    const auto between = hint.find(kBetween);
    if (hint.substr(0, kBefore.size()) != kBefore || between == std::string_view::npos) continue;
    conflicts.push_back({std::string(hint.substr(kBefore.size(), between - kBefore.size())),
                         std::string(hint.substr(between + kBetween.size()))});
  }
  return conflicts;
}

}  // namespace dpctl::kube
