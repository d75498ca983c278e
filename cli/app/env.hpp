#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/app/globals.hpp"
#include "lib/base/deadline.hpp"
#include "lib/base/event.hpp"
#include "lib/base/result.hpp"

namespace dpctl::kube {
class Cluster;
struct ConnectionOptions;
}  // namespace dpctl::kube

namespace dpctl::cli {

struct View;

/// What a stream can show, decided once.
struct Terminal {
  bool tty = false;
  bool color = false;
  int width = 80;
};

/// The world as a command sees it: streams, variables, connection, deadline. main.cpp builds the real one;
/// nothing in cli/ reads the process's environment or a global by another way.
class Env {
 public:
  struct World {
    std::map<std::string, std::string> variables;
    std::function<void(std::string_view)> out, err;
    std::function<Result<std::string>()> in{};  ///< all of standard input, bounded
    Terminal out_terminal{}, err_terminal{};
    std::filesystem::path directory;
    StopToken stop;
  };
  explicit Env(World world);
  ~Env();

  /// After parsing: fixes the deadline.
  void begin(Globals globals, std::string_view command);

  [[nodiscard]] const Globals& globals() const { return globals_; }
  [[nodiscard]] const std::map<std::string, std::string>& variables() const { return world_.variables; }
  [[nodiscard]] std::string variable(std::string_view name) const;
  [[nodiscard]] const World& world() const { return world_; }
  [[nodiscard]] Deadline deadline() const { return deadline_; }
  [[nodiscard]] StopToken stop() const { return world_.stop; }
  /// The progress renderer, started by the first use.
  EventSink& events();

  /// Connects on first use. `context` is the environment file's; a flag wins.
  Result<kube::Cluster*> cluster(std::string_view context = "");
  /// The same for a command that asks for few large answers, one after the other: HTTP/1.1 brings them in
  /// half the time, because a Go server's HTTP/2 cuts them into frames of 16 kB (measured).
  Result<kube::Cluster*> cluster_for_large_answers();
  [[nodiscard]] kube::ConnectionOptions connection_options(std::string_view context = "") const;

  /// The result, on standard output, in the format of --output. Ends the progress display first.
  Result<void> print(const View& view);
  /// Text as it is (rendered manifests, scripts).
  void print_text(std::string_view text);
  /// The bytes of a file that the user names: "-" is standard input, relative paths start where the user is.
  Result<std::string> read(const std::string& path) const;
  /// Ends the progress display; what prints a result does so too.
  void end_progress();
  /// Talk, on standard error.
  void say(std::string_view line);
  void warn(std::string_view line);
  /// An error, worded for a person, on standard error; with -o json|yaml also as a document on standard
  /// output.
  void report(const Error& error);

  /// Holds on to something large until the process ends, which frees it all at once.
  void keep(std::shared_ptr<const void> what) { kept_.push_back(std::move(what)); }

  /// Folder for caches: $XDG_CACHE_HOME/dpctl; empty when there is no home.
  [[nodiscard]] std::filesystem::path cache_dir() const;

 private:
  Result<kube::Cluster*> connect(std::string_view context, bool http1_only);

  World world_;
  Globals globals_;
  std::string command_;
  Deadline deadline_ = Deadline::never();
  std::unique_ptr<EventSink> events_;
  std::unique_ptr<kube::Cluster> cluster_;
  std::vector<std::shared_ptr<const void>> kept_;
};

}  // namespace dpctl::cli
