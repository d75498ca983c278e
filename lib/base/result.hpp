#pragma once

#include <tl/expected.hpp>

#include "lib/base/error.hpp"

namespace dpctl {

/// A value, or why there is none. Expected failures travel in it; exceptions are for bugs.
template <class T>
using Result = tl::expected<T, Error>;

/// An error on its way out of a function: `return fail(Code::not_found, "no canary for {}", name).hint("…");`
/// Converts to any Result.
class Failure {
 public:
  explicit Failure(Error error) : error_(std::move(error)) {}

  Failure&& because(Error cause) && {
    error_.retryable = error_.retryable || cause.retryable;
    error_.cause = std::make_shared<const Error>(std::move(cause));
    return std::move(*this);
  }
  Failure&& at(Place place) && {
    error_.where = std::move(place);
    return std::move(*this);
  }
  template <class... Args>
  Failure&& hint(fmt::format_string<Args...> text, Args&&... args) && {
    error_.hints.push_back(fmt::format(text, std::forward<Args>(args)...));
    return std::move(*this);
  }
  Failure&& retryable(bool yes = true) && {
    error_.retryable = yes;
    return std::move(*this);
  }
  Error take() && { return std::move(error_); }

  template <class T>
  operator tl::expected<T, Error>() && {  // NOLINT(google-explicit-constructor): that is its purpose
    return tl::expected<T, Error>(tl::unexpect, std::move(error_));
  }

 private:
  Error error_;
};

template <class... Args>
[[nodiscard]] Failure fail(Code code, fmt::format_string<Args...> text, Args&&... args) {
  return Failure(Error{.code = code, .what = fmt::format(text, std::forward<Args>(args)...)});
}

/// Passes an error on unchanged: `if (!x) return fail(std::move(x).error());`
[[nodiscard]] inline Failure fail(Error error) { return Failure(std::move(error)); }

}  // namespace dpctl

#define DPCTL_CONCAT_(a, b) a##b
#define DPCTL_CONCAT(a, b) DPCTL_CONCAT_(a, b)

/// `DPCTL_TRY(auto pods, cluster.list(ref));` declares `pods`, or returns the error from the enclosing
/// function.
#define DPCTL_TRY(declaration, ...)                                              \
  auto DPCTL_CONCAT(dpctl_try_, __LINE__) = (__VA_ARGS__);                       \
  if (!DPCTL_CONCAT(dpctl_try_, __LINE__))                                       \
    return ::dpctl::fail(std::move(DPCTL_CONCAT(dpctl_try_, __LINE__)).error()); \
  declaration = *std::move(DPCTL_CONCAT(dpctl_try_, __LINE__))

/// `DPCTL_CHECK(journal.begin(change));` for a Result<void>: goes on, or returns the error.
#define DPCTL_CHECK(...)                                    \
  do {                                                      \
    if (auto dpctl_check = (__VA_ARGS__); !dpctl_check)     \
      return ::dpctl::fail(std::move(dpctl_check).error()); \
  } while (false)
