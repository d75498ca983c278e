#include "lib/base/subprocess.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace dpctl;
using namespace std::chrono_literals;

namespace {

Result<SubprocessOutput> shell(const std::string& script, std::string input = "",
                               Deadline deadline = Deadline::after(20s), StopToken stop = {}) {
  return run({.program = "/bin/sh",
              .words = {"sh", "-c", script},
              .environment = {"PATH=/usr/bin:/bin", "WORD=from the environment"},
              .input = std::move(input),
              .most_output = 4'000'000},
             deadline, stop);
}

}  // namespace

TEST_CASE("a program gets its whole input and its whole output comes back, however large") {
  const std::string input(3'000'000, 'x');
  const auto done = shell("cat", input);
  REQUIRE(done);
  CHECK(done->out == input);
}

TEST_CASE("a program that reads nothing of a large input ends as it likes") {
  const auto done = shell("echo \"$WORD\"; echo talk >&2", std::string(3'000'000, 'x'));
  REQUIRE(done);
  CHECK(done->out == "from the environment\n");
  CHECK(done->err == "talk\n");
}

TEST_CASE("what a program ended with is told with its last words") {
  CHECK(shell("echo one >&2; echo two >&2; exit 3").error().what == "it ended with exit code 3: one | two");
  CHECK(shell("kill -9 $$").error().what == "it was ended by signal 9");
  CHECK(
      run({.program = "/nowhere", .words = {"x"}, .environment = {}}, Deadline::after(5s), {}).error().what ==
      "cannot start /nowhere: No such file or directory");
}

TEST_CASE("of an output without end only the bound and a byte more is kept") {
  const auto done = shell("head -c 5000000 /dev/zero");
  REQUIRE(done);
  CHECK(done->out.size() == 4'000'001);
}

TEST_CASE("a program that hangs is ended with its children, at the deadline and on request") {
  const auto begin = std::chrono::steady_clock::now();
  CHECK(shell("sleep 60 & wait", "", Deadline::after(200ms)).error().code == Code::timed_out);
  StopSource stop;
  stop.request_stop();
  CHECK(shell("sleep 60 & wait", "", Deadline::after(20s), stop.get_token()).error().code ==
        Code::interrupted);
  CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

TEST_CASE("a program is a path, a path below a folder, or a name in PATH") {
  CHECK(find_program("/bin/sh", "", "/base") == "/bin/sh");
  CHECK(find_program("bin/tool", "/usr/bin", "/base") == "/base/bin/tool");
  CHECK(find_program("sh", "/nowhere:/usr/bin", "/base") == "/usr/bin/sh");
  CHECK(find_program("no-such-program", "/usr/bin", "/base").empty());
}
