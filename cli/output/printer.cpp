#include "cli/output/printer.hpp"

#include <algorithm>

#include "cli/output/text.hpp"
#include "lib/data/json.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::cli {

std::string render_table(const View& view) {
  if (view.columns.empty()) return view.text;
  std::vector<std::size_t> widths;
  for (const auto& column : view.columns) widths.push_back(display_width(column));
  for (const auto& row : view.rows)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(safe_text(row[i])));
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string out;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string cell = safe_text(cells[i]);
      out += cell;
      if (i + 1 < cells.size()) out.append(widths[i] - display_width(cell) + 3, ' ');
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + "\n";
  };
  line(view.columns);
  for (const auto& row : view.rows) line(row);
  if (!view.footer.empty()) text += "\n" + view.footer + "\n";
  return text;
}

Result<std::string> render(const View& view, std::string_view format) {
  if (format.empty() || format == "table") return render_table(view);
  if (format == "name") {
    std::string text;
    for (const auto& name : view.names) text += name + "\n";
    return text;
  }
  if (!view.document) return fail(Code::usage, "this command has no {} output", format);
  return format == "yaml" ? yaml::encode(*view.document) : dump_json_pretty(*view.document) + "\n";
}

std::string fitted(std::string text, int width) {
  constexpr std::size_t kDots = 3;
  const auto most = static_cast<std::size_t>(std::max(width, 0));
  if (most < kDots || text.size() <= most) return text;
  return text.substr(0, most - kDots) + "...";
}

void leave_out_headers(View& view) {
  const auto table = render_table(view);
  view.text = table.substr(table.find('\n') + 1);
  view.columns.clear();
}

}  // namespace dpctl::cli
