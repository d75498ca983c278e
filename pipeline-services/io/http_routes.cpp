#include "pipeline-services/io/http_routes.hpp"

namespace dpctl::io {
namespace {

/// The part before the next slash; `text` is left with what follows it.
std::string_view segment(std::string_view& text) {
  const auto slash = text.find('/');
  const auto part = text.substr(0, slash);
  text = slash == std::string_view::npos ? std::string_view{} : text.substr(slash);
  return part;
}

bool matches(std::string_view pattern, std::string_view path,
             std::vector<std::pair<std::string_view, std::string_view>>& captures) {
  if (pattern.find('{') == std::string_view::npos) return pattern == path;
  while (!pattern.empty() && !path.empty()) {
    if (pattern.front() != '/' || path.front() != '/') return false;
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    const auto wanted = segment(pattern);
    const auto given = segment(path);
    if (wanted.starts_with('{')) {
      if (given.empty()) return false;
      captures.emplace_back(wanted.substr(1, wanted.size() - 2), given);
    } else if (wanted != given) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

}  // namespace

void HttpRoutes::add(HttpRoute route) {
  for (const auto& known : routes_)
    if (known.method == route.method && known.path == route.path && known.port == route.port) return;
  routes_.push_back(std::move(route));
}

HttpRoutes::Found HttpRoutes::find(HttpRequest& request) const {
  Found found;
  for (const auto& route : routes_) {
    if (route.port != 0 && route.port != request.port) continue;
    request.captures.clear();
    if (!matches(route.path, request.path, request.captures)) continue;
    if (route.method == request.method || (request.method == "HEAD" && route.method == "GET")) {
      found.route = &route;
      return found;
    }
    found.known_path = true;
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += route.method;
  }
  request.captures.clear();
  return found;
}

}  // namespace dpctl::io
