#include "cli/commands/chart/post_renderer.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/commands/chart/helm_paths.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/base/subprocess.hpp"
#include "lib/data/yaml.hpp"

namespace dpctl::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostOutput = std::size_t{64} << 20U;  // bytes

/// What is run, before the arguments of the command line.
struct Program {
  std::vector<std::string> words{};
  std::map<std::string, std::string> variables{};
};

/// Go's os.Expand for ${NAME} and $NAME.
std::string expanded(std::string_view text, const std::map<std::string, std::string>& variables) {
  const auto is_name = [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    const bool braces = text[i + 1] == '{';
    const auto begin = i + (braces ? 2 : 1);
    auto end = begin;
    while (end < text.size() && (braces ? text[end] != '}' : is_name(text[end]))) ++end;
    if (const auto found = variables.find(std::string(text.substr(begin, end - begin)));
        found != variables.end())
      out += found->second;
    i = braces ? end : end - 1;
  }
  return out;
}

/// The row of platformCommand for this machine: of Linux and its processor, of Linux, or of any.
const Json* command_for_us(const Json& rows) {
#if defined(__x86_64__)
  constexpr std::string_view kProcessor = "amd64";
#else
  constexpr std::string_view kProcessor = "arm64";
#endif
  const Json* best = nullptr;
  int best_rank = 0;
  for (const auto& row : rows) {
    const auto os = to_lower(string_at(row, "os")), processor = to_lower(string_at(row, "arch"));
    const bool fits =
        (os.empty() || os == "linux") && (processor.empty() || (processor == kProcessor && !os.empty()));
    const int rank = !fits ? 0 : 1 + (os.empty() ? 0 : 1) + (processor.empty() ? 0 : 1);
    if (rank > best_rank) best = &row, best_rank = rank;
  }
  return best;
}

Result<Program> program_of(const Json& plugin, const fs::path& folder, Env& env) {
  const auto name = string_at(plugin, "name");
  if (const auto runtime = string_at(plugin, "runtime"); !runtime.empty() && runtime != "subprocess")
    return fail(Code::usage, "the plugin {} needs the runtime {}; only subprocess is there", name, runtime);
  const Json* row = command_for_us(array_at(plugin, "runtimeConfig.platformCommand"));
  if (row == nullptr || string_at(*row, "command").empty())
    return fail(Code::usage, "the plugin {} has no command for this machine", name)
        .at(Place{.subject = (folder / "plugin.yaml").string()});
  Program program{.variables = env.variables()};
  program.variables["HELM_PLUGIN_NAME"] = name;
  program.variables["HELM_PLUGIN_DIR"] = folder.string();
  const auto command = string_at(*row, "command");
  for (const auto word : split(command, ' ')) program.words.push_back(expanded(word, program.variables));
  for (const auto& arg : array_at(*row, "args"))
    if (arg.is_string()) program.words.push_back(expanded(arg.get<std::string>(), program.variables));
  return program;
}

/// Folders with a folder for each plugin, with colons between them.
std::string plugin_path(Env& env) {
  return helm_path(env, "", "HELM_PLUGINS", "HELM_DATA_HOME", "XDG_DATA_HOME", ".local/share", "plugins")
      .string();
}

/// The plugin of that name and type; one whose plugin.yaml cannot be read is somebody else's trouble.
Result<std::optional<Program>> find_plugin(const std::string& name, const std::string& path, Env& env) {
  for (const auto folder : split(path, ':')) {
    if (folder.empty()) continue;
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      entries.push_back(it->path());
    std::sort(entries.begin(), entries.end());
    for (const auto& entry : entries) {
      const auto text = read_file(entry / "plugin.yaml", std::size_t{1} << 20U);
      if (!text) continue;
      const auto plugin = yaml::decode(*text, (entry / "plugin.yaml").string());
      if (!plugin || string_at(*plugin, "name") != name || string_at(*plugin, "type") != "postrenderer/v1")
        continue;
      DPCTL_TRY(auto program, program_of(*plugin, entry, env));
      return program;
    }
  }
  return std::optional<Program>();
}

Result<std::string> run_program(const std::string& name, const Subprocess& process, Env& env) {
  auto done = run(process, env.deadline(), env.stop());
  if (!done) {
    const auto code = done.error().code;
    return fail(code == Code::timed_out || code == Code::interrupted ? code : Code::failed,
                "the post-renderer {} failed", name)
        .because(std::move(done).error())
        .hint("see what it gets with 'dpctl chart template --post-renderer cat'");
  }
  if (done->out.size() > kMostOutput)
    return fail(Code::failed, "the post-renderer {} wrote more than {} bytes", name, kMostOutput);
  if (trim(done->out).empty()) return fail(Code::failed, "the post-renderer {} wrote nothing", name);
  return std::move(done->out);
}

}  // namespace

Result<chart::PostRender> post_render_of(const PostRenderOptions& options, Env& env) {
  const auto& name = options.post_renderer;
  if (name.empty()) return chart::PostRender{};
  const auto path = plugin_path(env);
  DPCTL_TRY(auto plugin, find_plugin(name, path, env));
  const auto program = plugin ? *std::move(plugin) : Program{.words = {name}, .variables = env.variables()};
  Subprocess process{
      .program = find_program(program.words.front(), env.variable("PATH"), env.world().directory),
      .words = program.words,
      .environment = {},
      .most_output = kMostOutput};
  std::error_code none;
  if (process.program.empty() || !fs::exists(process.program, none))
    return fail(Code::usage, "--post-renderer {}: there is no such plugin, and no such program", name)
        .hint("plugins are looked for in {}; a program is a path, or in PATH", path);
  process.words.insert(process.words.end(), options.post_renderer_args.begin(),
                       options.post_renderer_args.end());
  for (const auto& [key, value] : program.variables) process.environment.push_back(key + "=" + value);
  return chart::PostRender([name, process, &env](const std::string& documents) mutable {
    process.input = documents;
    return run_program(name, process, env);
  });
}

}  // namespace dpctl::cli
