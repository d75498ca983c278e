// A kubeconfig comes from anywhere: no bytes may crash its reading. Nothing is started and no file of its
// naming is trusted.
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "lib/base/file.hpp"
#include "lib/kube/kubeconfig.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const dpctl::TempDir dir;
  const auto file = dir.path() / "config";
  if (!dpctl::write_file(file, std::string_view(reinterpret_cast<const char*>(data), size))) return 0;
  const auto connection = dpctl::kube::connect({.kubeconfig = {file}, .explicit_kubeconfig = true});
  (void)connection;
  return 0;
}
