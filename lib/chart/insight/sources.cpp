#include "lib/chart/insight/sources.hpp"

#include "lib/chart/functions/path.hpp"
#include "lib/chart/text/parser.hpp"

namespace dpctl::chart {
namespace {

Result<void> gather(const Chart& chart, const std::string& path, std::vector<std::string>& values_at,
                    std::vector<TemplateSource>& all) {
  for (const auto& file : chart.templates) {
    if (chart.is_library() && !base_of(file.name).starts_with('_')) continue;
    DPCTL_TRY(auto source, parse(clean_path(path + "/" + file.name), file.data));
    all.push_back({&chart, values_at, std::move(source)});
  }
  for (const auto& sub : chart.subcharts) {
    values_at.push_back(sub->name());
    DPCTL_CHECK(gather(*sub, path + "/charts/" + sub->name(), values_at, all));
    values_at.pop_back();
  }
  return {};
}

}  // namespace

Result<std::vector<TemplateSource>> sources_of(const Chart& chart) {
  std::vector<TemplateSource> all;
  std::vector<std::string> values_at;
  DPCTL_CHECK(gather(chart, chart.name(), values_at, all));
  return all;
}

void walk_nodes(const Node& node, const std::function<void(const Node&)>& see) {
  see(node);
  const auto below = [&](const Node* child) {
    if (child != nullptr) walk_nodes(*child, see);
  };
  switch (node.type) {
    case NodeType::action: below(static_cast<const ActionNode&>(node).pipe); break;
    case NodeType::list:
      for (const auto* child : static_cast<const ListNode&>(node).nodes) below(child);
      break;
    case NodeType::if_:
    case NodeType::range:
    case NodeType::with: {
      const auto& branch = static_cast<const BranchNode&>(node);
      below(branch.pipe);
      below(branch.body);
      below(branch.otherwise);
      break;
    }
    case NodeType::template_: below(static_cast<const TemplateNode&>(node).pipe); break;
    case NodeType::pipe:
      for (const auto* command : static_cast<const PipeNode&>(node).commands) below(command);
      break;
    case NodeType::command:
      for (const auto* argument : static_cast<const CommandNode&>(node).args) below(argument);
      break;
    case NodeType::chain: below(static_cast<const ChainNode&>(node).node); break;
    default: break;
  }
}

}  // namespace dpctl::chart
