#include "lib/chart/insight/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/chart/insight/sources.hpp"
#include "lib/chart/text/ast.hpp"
#include "lib/chart/values.hpp"

namespace dpctl::chart {
namespace {

constexpr std::string_view kLot = "drawn by lot at each render";
constexpr std::string_view kKey = "a new key at each render";
constexpr std::string_view kSalt = "a new salt at each render: the hash differs, what it proves does not";
constexpr std::string_view kClock = "the time of the render";
constexpr std::string_view kDate = "the time of the render, when the argument is no time";

constexpr std::array<std::pair<std::string_view, std::string_view>, 36> kFunctions{{
    {"randAlpha", kLot},
    {"randAlphaNum", kLot},
    {"randNumeric", kLot},
    {"randAscii", kLot},
    {"randBytes", kLot},
    {"randInt", kLot},
    {"shuffle", kLot},
    {"uuidv4", kLot},
    {"genPrivateKey", kKey},
    {"genCA", kKey},
    {"genCAWithKey", "a new certificate at each render, of the key that is given"},
    {"genSelfSignedCert", kKey},
    {"genSelfSignedCertWithKey", "a new certificate at each render, of the key that is given"},
    {"genSignedCert", kKey},
    {"genSignedCertWithKey", "a new certificate at each render, of the key that is given"},
    {"bcrypt", kSalt},
    {"htpasswd", kSalt},
    {"encryptAES", "a new initial vector at each render"},
    {"derivePassword", "the same at each render: made of its arguments alone"},
    {"now", kClock},
    {"ago", "the time of the render, less the argument"},
    {"date", kDate},
    {"dateInZone", kDate},
    {"date_in_zone", kDate},
    {"htmlDate", kDate},
    {"htmlDateInZone", kDate},
    {"dateModify", "as its argument is"},
    {"date_modify", "as its argument is"},
    {"mustDateModify", "as its argument is"},
    {"must_date_modify", "as its argument is"},
    {"unixEpoch", "as its argument is"},
    {"duration", "the same at each render"},
    {"durationRound", "the time of the render, when the argument is a time"},
    {"lookup", "what the cluster holds; empty without one"},
    {"getHostByName", "empty: names are not resolved"},
    {"tpl", "as the text is that it runs, which comes from outside of the template"},
}};

std::string place_of(const Source& source, const Node& node) {
  const auto before = source.text->text.substr(0, node.pos);
  const auto newline = before.rfind('\n');
  return fmt::format("{}:{}:{}", source.name, 1 + std::count(before.begin(), before.end(), '\n'),
                     newline == std::string_view::npos ? before.size() + 1 : before.size() - newline);
}

/// `tpl "literal" .` is as certain as the template that it stands in.
bool runs_literal(const Node& node) {
  if (node.type != NodeType::command) return false;
  const auto& args = static_cast<const CommandNode&>(node).args;
  return args.size() > 1 && args[1]->type == NodeType::string;
}

}  // namespace

Result<std::vector<Uncertain>> explain(const Chart& chart, const Value& values) {
  Warnings ignored;
  DPCTL_TRY(const auto processed, process_dependencies(chart, values, ignored));
  DPCTL_TRY(const auto sources, sources_of(*processed));
  std::vector<Uncertain> found;
  for (const auto& [_, values_at, source] : sources) {
    const Node* literal = nullptr;
    for (const auto& tree : source->trees)
      walk_nodes(*tree->root, [&, &text = *source](const Node& node) {
        if (runs_literal(node)) literal = static_cast<const CommandNode&>(node).args.front();
        if (node.type != NodeType::identifier) return;
        const auto& name = static_cast<const IdentifierNode&>(node).name;
        const auto known = std::find_if(kFunctions.begin(), kFunctions.end(),
                                        [&](const auto& row) { return row.first == name; });
        if (known == kFunctions.end() || (name == "tpl" && &node == literal)) return;
        found.push_back({place_of(text, node), std::string(name), std::string(known->second)});
      });
  }
  std::stable_sort(found.begin(), found.end(), [](const Uncertain& a, const Uncertain& b) {
    return a.place.substr(0, a.place.find(':')) < b.place.substr(0, b.place.find(':'));
  });
  return found;
}

}  // namespace dpctl::chart
