// Paths, slash-separated, as Go's path package has them.
#include <array>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/functions/path.hpp"

namespace dpctl::chart {

std::string clean_path(std::string_view path) {
  if (path.empty()) return ".";
  const bool rooted = path.front() == '/';
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= path.size();) {
    const auto end = std::min(path.find('/', at), path.size());
    const auto part = path.substr(at, end - at);
    at = end + 1;
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else if (!parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!rooted) {
      parts.push_back(part);
    }
  }
  std::string out = rooted ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += '/';
    out += parts[i];
  }
  return out.empty() ? "." : out;
}

std::string base_of(std::string_view path) {
  if (path.empty()) return ".";
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  if (path.empty()) return "/";
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

namespace {

Value base(Call& call) { return Value::string(base_of(call.text(0))); }
Value dir(Call& call) {
  const auto& path = call.text(0);
  const auto slash = path.rfind('/');
  return Value::string(clean_path(slash == std::string::npos ? std::string_view()
                                                             : std::string_view(path).substr(0, slash + 1)));
}
Value clean(Call& call) { return Value::string(clean_path(call.text(0))); }
Value ext(Call& call) {
  const auto& path = call.text(0);
  const auto at = path.find_last_of("./");
  return Value::string(at == std::string::npos || path[at] == '/' ? "" : path.substr(at));
}
Value is_abs(Call& call) { return Value::boolean(call.text(0).starts_with('/')); }

constexpr std::array kTable{
    Function{"base", "s", base},          Function{"dir", "s", dir},
    Function{"clean", "s", clean},        Function{"ext", "s", ext},
    Function{"isAbs", "s", is_abs},       Function{"osBase", "s", base},
    Function{"osDir", "s", dir},          Function{"osClean", "s", clean},
    Function{"osExt", "s", ext},          Function{"osIsAbs", "s", is_abs},
};

}  // namespace

std::span<const Function> path_functions() { return kTable; }

}  // namespace dpctl::chart
