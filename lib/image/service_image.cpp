#include "lib/image/service_image.hpp"

#include <utility>

namespace dpctl::image {
namespace {
constexpr const char* kAuthorities = "/etc/ssl/certs/ca-certificates.crt";
}

Recipe recipe_for_service(const std::filesystem::path& program, const std::string& version,
                          std::vector<int> ports) {
  const std::string name = program.filename().string();
  Recipe recipe;
  recipe.binaries = {program};
  for (const char* shared : {kAuthorities, "/usr/share/zoneinfo"}) {
    std::error_code missing;
    if (std::filesystem::exists(shared, missing))
      recipe.files.push_back({.source = shared, .target = shared});
  }
  recipe.environment = {
      {"SSL_CERT_FILE", kAuthorities}};  // OpenSSL's own default is a folder of hashed links
  recipe.entrypoint = {"/usr/local/bin/" + name};
  recipe.labels = {{"org.opencontainers.image.title", name}, {"org.opencontainers.image.version", version}};
  recipe.ports = std::move(ports);
  return recipe;
}

}  // namespace dpctl::image
