#include "lib/base/dynamic_library.hpp"

#include <dlfcn.h>

namespace dpctl {

Result<DynamicLibrary> DynamicLibrary::open(const char* file, std::string_view package) {
  void* handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return fail(Code::failed, "cannot load {}: {}", file, ::dlerror())
        .hint("install the package {}", package);
  return DynamicLibrary(handle, file, std::string(package));
}

void* DynamicLibrary::find(const char* name) {
  void* address = ::dlsym(handle_, name);
  if (address == nullptr && missing_.empty()) missing_ = name;
  return address;
}

Result<void> DynamicLibrary::outcome() const {
  if (missing_.empty()) return {};
  return fail(Code::failed, "{} has no {}", file_, missing_).hint("install a newer package {}", package_);
}

}  // namespace dpctl
