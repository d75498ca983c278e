#include "lib/data/json_diff.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

namespace dpctl {
namespace {

using NamedItems = std::map<std::string, const Json*>;

std::optional<NamedItems> by_name(const Json& list) {
  NamedItems items;
  for (const Json& item : list) {
    const Json* name = find(item, "name");
    if (name == nullptr || !name->is_string() || !items.emplace(name->get<std::string>(), &item).second)
      return std::nullopt;
  }
  return items;
}

class Differ {
 public:
  explicit Differ(std::size_t most) : most_(most) {}

  void compare(const std::string& path, const Json* before, const Json* after) {
    if (changes_.size() >= most_) return;
    if (before != nullptr && after != nullptr) {
      if (before->is_object() && after->is_object()) return compare_objects(path, *before, *after);
      if (before->is_array() && after->is_array()) return compare_lists(path, *before, *after);
      if (*before == *after) return;
    }
    changes_.push_back(
        {path, before == nullptr ? "" : dump_json(*before), after == nullptr ? "" : dump_json(*after)});
  }

  std::vector<JsonChange> take() { return std::move(changes_); }

 private:
  static std::string step(const std::string& path, const std::string& key) {
    const bool plain = !key.empty() && key.find_first_of(".[]'\"/ ") == std::string::npos;
    if (!plain) return path + "['" + key + "']";
    return path.empty() ? key : path + "." + key;
  }

  void compare_objects(const std::string& path, const Json& before, const Json& after) {
    std::set<std::string> keys;
    for (auto entry = before.begin(); entry != before.end(); ++entry) keys.insert(entry.key());
    for (auto entry = after.begin(); entry != after.end(); ++entry) keys.insert(entry.key());
    for (const auto& key : keys) {
      const auto old = before.find(key), now = after.find(key);
      compare(step(path, key), old == before.end() ? nullptr : &*old, now == after.end() ? nullptr : &*now);
    }
  }

  void compare_lists(const std::string& path, const Json& before, const Json& after) {
    const auto old = by_name(before), now = by_name(after);
    if (!old || !now || (old->empty() && now->empty())) {
      for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i)
        compare(path + "[" + std::to_string(i) + "]", i < before.size() ? &before[i] : nullptr,
                i < after.size() ? &after[i] : nullptr);
      return;
    }
    NamedItems all = *old;
    all.insert(now->begin(), now->end());
    for (const auto& [name, item] : all) {
      const auto a = old->find(name), b = now->find(name);
      compare(path + "[name=" + name + "]", a == old->end() ? nullptr : a->second,
              b == now->end() ? nullptr : b->second);
    }
  }

  std::size_t most_;
  std::vector<JsonChange> changes_;
};

}  // namespace

std::vector<JsonChange> json_diff(const Json& before, const Json& after, std::size_t most) {
  Differ differ(most);
  differ.compare("", &before, &after);
  return differ.take();
}

}  // namespace dpctl
