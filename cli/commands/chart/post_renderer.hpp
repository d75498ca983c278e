#pragma once

#include <string>
#include <vector>

#include "cli/app/env.hpp"
#include "lib/chart/post_render.hpp"

namespace dpctl::cli {

struct PostRenderOptions {
  std::string post_renderer;
  std::vector<std::string> post_renderer_args;
};

/// Empty without the flag. Its name is that of one of Helm's plugins of type postrenderer/v1 (below
/// HELM_PLUGINS, else where Helm keeps them), else of a program: a path, or one in PATH, as Helm 3 has it.
/// Code::usage when there is neither. What it returns runs the program within the command's deadline; `env`
/// must outlive it.
Result<chart::PostRender> post_render_of(const PostRenderOptions&, Env& env);

inline constexpr auto post_render_flags = [](auto& builder) {
  builder
      .flag(
          "--post-renderer", &PostRenderOptions::post_renderer,
          "a plugin of Helm's, or a program, that gets all objects on standard input and writes what becomes "
          "of them",
          "NAME")
      .files()
      .flag("--post-renderer-args", &PostRenderOptions::post_renderer_args,
            "an argument for it; may be repeated", "TEXT");
};

}  // namespace dpctl::cli
