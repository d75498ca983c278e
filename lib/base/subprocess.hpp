#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/base/result.hpp"

namespace dpctl {

/// A program that a user names: a kubeconfig's exec plugin, a post-renderer. dpctl starts no others.
struct Subprocess {
  std::filesystem::path program;         ///< as find_program() gives it
  std::vector<std::string> words;        ///< its arguments, its own name first
  std::vector<std::string> environment;  ///< "NAME=value", all of it
  std::string input{};                   ///< its standard input; ignored when `terminal`
  /// It may talk to the terminal: standard input and error are ours, and so is the process group. Else it has
  /// a group of its own, so that one that hangs can be ended with its children.
  bool terminal = false;
  std::size_t most_output = std::size_t{1} << 20U;  ///< bytes kept of its output; one more tells of more
};

/// What it wrote. Its standard error is cut at 64 kB, and empty when it talked to the terminal.
struct SubprocessOutput {
  std::string out, err;
};

/// Runs it to its end. Blocks until then, until the deadline or until a stop is asked for; then it is ended
/// (SIGTERM, half a second later SIGKILL). Code::failed when it cannot be started, or ends with another code
/// than 0: "it ended with exit code 3: its last lines"; Code::timed_out, Code::interrupted.
Result<SubprocessOutput> run(const Subprocess&, Deadline, const StopToken&);

/// An absolute path as it is, one with a slash below `base`, and any other in the folders of `path` ($PATH);
/// empty when there is none.
std::filesystem::path find_program(const std::filesystem::path& name, std::string_view path,
                                   const std::filesystem::path& base);

}  // namespace dpctl
