#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pipeline-services/access/key_table.hpp"
#include "pipeline-services/io/http_routes.hpp"

namespace dpctl::runtime {

/// One call that was let in: who asks, and for which tenant.
struct ApiCall {
  const io::HttpRequest& request;
  const Caller& caller;
  const std::string& tenant;
};

struct ApiParameter {
  std::string_view name;
  std::string_view in = "query";  ///< or "path"
  bool required = false;
  std::string_view type = "string";  ///< of JSON schema
  std::string_view doc;
};

/// One row of the API: what is served, what is documented, and who may, in one place.
struct ApiRoute {
  std::string_view method, path, summary;
  std::vector<std::string_view> permissions{};  ///< one of these is enough; empty: open to everyone
  std::vector<ApiParameter> parameters{};
  std::string_view body{};    ///< JSON schema of the request's body; empty: none
  std::string_view answer{};  ///< JSON schema of the answer
  int success = 200;
  std::function<io::HttpResponse(const ApiCall&)> handle{};
  /// Answers from memory, or nothing; see io::QuickHandler.
  std::function<std::optional<io::HttpResponse>(const ApiCall&)> quick{};
  std::function<std::variant<io::HttpResponse, std::shared_ptr<io::WebSocketListener>>(const ApiCall&)>
      websocket{};
};

/// The OpenAPI 3.0 document of these routes.
std::string openapi_document(const std::vector<ApiRoute>& routes, std::string_view title,
                             std::string_view version);

}  // namespace dpctl::runtime
