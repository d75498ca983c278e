// Builds the real world for a command, runs it, and turns its outcome into an exit status. The only file that
// talks to the process.

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "cli/app/env.hpp"
#include "cli/app/help.hpp"
#include "cli/app/parse.hpp"

extern char** environ;

namespace {

using namespace dpctl;
using namespace dpctl::cli;

constexpr std::size_t kInputLimit = std::size_t{256} << 20U;  // bytes of standard input

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;  // a closed pipe: the reader has what it wanted
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

// Descriptor 0 as it is: /dev/stdin cannot be opened when it is a socket.
Result<std::string> read_standard_input() {
  std::string bytes;
  char buffer[1U << 16U];
  for (;;) {
    const ssize_t count = ::read(STDIN_FILENO, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(Code::failed, "cannot read standard input: {}", std::strerror(errno));
    if (count == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(count));
    if (bytes.size() > kInputLimit)
      return fail(Code::failed, "standard input is longer than {} bytes", kInputLimit);
  }
}

std::map<std::string, std::string> process_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (const auto equals = text.find('='); equals != std::string_view::npos)
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

Terminal terminal_of(int fd, const std::map<std::string, std::string>& variables) {
  const auto value = [&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  };
  Terminal terminal{.tty = ::isatty(fd) == 1 && value("TERM") != "dumb"};
  struct winsize size{};
  if (terminal.tty && ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.width = size.ws_col;
  const bool forced = !value("CLICOLOR_FORCE").empty() && value("CLICOLOR_FORCE") != "0";
  terminal.color = value("NO_COLOR").empty() && (terminal.tty || forced);
  return terminal;
}

// The first Ctrl-C asks the work to stop, which says what goes on in the cluster; the second one ends the
// process at once. Signals are taken by a thread of their own, so that the handler may do anything.
StopToken stop_on_signals() {
  static StopSource source;
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread([signals] {
    int signal = 0;
    sigwait(&signals, &signal);
    write_all(
        STDERR_FILENO,
        "\nstopping; what was already sent goes on in the cluster. Press Ctrl-C again to leave at once.\n");
    source.request_stop();
    sigwait(&signals, &signal);
    ::_exit(static_cast<int>(ExitCode::interrupted));
  }).detach();
  return source.get_token();
}

ExitCode run(Env& env, const std::vector<std::string>& arguments) {
  auto invocation = parse(arguments);
  if (!invocation) {
    env.report(invocation.error());
    return exit_code_of(invocation.error().code);
  }
  const Command* command = invocation->command;
  env.begin(invocation->globals, command == nullptr ? "" : command->path);
  const Terminal& terminal = env.world().out_terminal;
  if (invocation->globals.help || command == nullptr) {
    const std::string text = command != nullptr           ? help_command(*command, terminal)
                             : !invocation->group.empty() ? help_group(invocation->group, terminal)
                                                          : help_overview(terminal);
    const bool asked = invocation->globals.help || invocation->group.empty();
    asked ? env.print_text(text) : write_all(STDERR_FILENO, text);
    return asked ? ExitCode::ok : ExitCode::usage;
  }
  auto outcome = command->run(invocation->options.get(), env);
  if (outcome) return *outcome;
  env.report(outcome.error());
  return exit_code_of(outcome.error().code);
}

}  // namespace

int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  try {
    Env::World world;
    world.variables = process_variables();
    world.out = [](std::string_view text) { write_all(STDOUT_FILENO, text); };
    world.err = [](std::string_view text) { write_all(STDERR_FILENO, text); };
    world.in = read_standard_input;
    world.out_terminal = terminal_of(STDOUT_FILENO, world.variables);
    world.err_terminal = terminal_of(STDERR_FILENO, world.variables);
    world.directory = std::filesystem::current_path();
    world.stop = stop_on_signals();
    Env env(std::move(world));
    const auto code = run(env, {argv + 1, argv + argc});
    env.end_progress();
    ::_exit(static_cast<int>(code));  // what a command kept goes with the process, all at once
  } catch (const std::exception& error) {
    write_all(STDERR_FILENO, std::string("error: this is a bug in dpctl: ") + error.what() + "\n");
    return 1;
  }
}
