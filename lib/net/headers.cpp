#include <strings.h>

#include "lib/net/http_client.hpp"

namespace dpctl::net {

const std::string* Headers::find(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (field.size() == name.size() && ::strncasecmp(field.data(), name.data(), name.size()) == 0)
      return &value;
  }
  return nullptr;
}

}  // namespace dpctl::net
