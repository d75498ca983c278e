#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"
#include "lib/image/service_image.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string program;
  std::string name;
  std::string archive;
  std::string version = DPCTL_VERSION;
};

Result<ExitCode> run(const Options& options, Env& env) {
  const std::filesystem::path program = options.program;
  const std::string name =
      options.name.empty() ? program.filename().string() + ":" + options.version : options.name;
  const std::filesystem::path archive =
      options.archive.empty() ? program.filename().string() + ".tar" : options.archive;
  DPCTL_TRY(const auto image, image::build(image::recipe_for_service(program, options.version)));
  DPCTL_CHECK(image::write_archive(image, name, archive));
  std::size_t bytes = 0;
  for (const auto& layer : image.layers) bytes += layer.bytes.size();
  const View view{.columns = {"NAME", "DIGEST", "SIZE", "ARCHIVE"},
                  .rows = {{name, image.digest(), fmt::format("{:.1f}MB", static_cast<double>(bytes) / 1e6),
                            archive.string()}},
                  .names = {name + "@" + image.digest()},
                  .document = std::make_shared<const Json>(Json{{"apiVersion", "dpctl/v1"},
                                                                {"kind", "Image"},
                                                                {"name", name},
                                                                {"digest", image.digest()},
                                                                {"bytes", bytes},
                                                                {"archive", archive.string()}})};
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kImageBuild(
    "image build", [] {
      return command<Options>()
          .summary("Make an OCI image from a program, without Docker")
          .describe(
              "The image holds the program, the closure of its shared libraries, the certificate authorities "
              "and the time zones, and "
              "runs as user 65532. The same input gives the same digest. The archive can be imported with "
              "'ctr "
              "images import'.")
          .example("Build the image of a service",
                   "dpctl image build build/release/pipeline-services/normalization-service")
          .argument("PROGRAM", &Options::program, "an ELF program")
          .files()
          .flag("--name", &Options::name, "name in the archive; default: PROGRAM:VERSION", "REFERENCE")
          .flag("--archive", &Options::archive, "file to write; default: PROGRAM.tar", "FILE")
          .files()
          .flag("--version", &Options::version, "version for the labels", "VERSION")
          .run(run);
    });

}  // namespace dpctl::cli
