#pragma once

#include <string>
#include <string_view>

#include "lib/base/result.hpp"

namespace dpctl {

/// A shared library that is opened when it is first needed. For those that bring dozens of others with them
/// (libcurl, libpq): loading them at start-up costs more than `dpctl version` may take. It stays open until
/// the process ends.
class DynamicLibrary {
 public:
  /// `file`: "libpq.so.5"; `package`: what to install when it is missing.
  static Result<DynamicLibrary> open(const char* file, std::string_view package);

  /// Looks a function up; outcome() tells afterwards whether all were there.
  template <class Function>
  void bind(const char* name, Function& function) {
    function = reinterpret_cast<Function>(find(name));
  }
  /// Code::failed names the first function that was not found.
  [[nodiscard]] Result<void> outcome() const;

 private:
  DynamicLibrary(void* handle, std::string file, std::string package)
      : handle_(handle), file_(std::move(file)), package_(std::move(package)) {}
  void* find(const char* name);

  void* handle_;
  std::string file_, package_, missing_{};
};

}  // namespace dpctl
