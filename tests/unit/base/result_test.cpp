#include "lib/base/result.hpp"

#include <doctest/doctest.h>

using namespace dpctl;

namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return fail(Code::usage, "{} is odd", n).hint("give an even number").retryable();
  return n / 2;
}

Result<std::string> quarter(int n) {
  DPCTL_TRY(const int once, half(n));
  DPCTL_TRY(const int twice, half(once));
  return std::to_string(twice);
}

Result<void> wrapped(int n) {
  if (auto value = half(n); !value)
    return fail(Code::failed, "cannot halve")
        .because(value.error())
        .at({.subject = "f.yaml", .line = 3, .column = 7});
  return {};
}

}  // namespace

TEST_CASE("an error passes through callers unchanged") {
  CHECK(*quarter(8) == "2");
  CHECK(quarter(6).error().what == "3 is odd");
  CHECK(quarter(6).error().hints == std::vector<std::string>{"give an even number"});
}

TEST_CASE("a wrapped error keeps its cause, and is retryable when the cause is") {
  const auto result = wrapped(3);
  REQUIRE(!result);
  CHECK(result.error().retryable);
  CHECK(one_line(result.error()) == "f.yaml:3:7: cannot halve: 3 is odd");
}
