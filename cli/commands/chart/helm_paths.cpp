#include "cli/commands/chart/helm_paths.hpp"

namespace dpctl::cli {

namespace fs = std::filesystem;

fs::path helm_path(const Env& env, const std::string& flag, const char* own, const char* helm_home,
                   const char* xdg, const char* below_home, const char* name) {
  if (!flag.empty()) return env.world().directory / flag;
  if (auto path = env.variable(own); !path.empty()) return path;
  if (auto path = env.variable(helm_home); !path.empty()) return fs::path(path) / name;
  if (auto path = env.variable(xdg); !path.empty()) return fs::path(path) / "helm" / name;
  return fs::path(env.variable("HOME")) / below_home / "helm" / name;
}

}  // namespace dpctl::cli
