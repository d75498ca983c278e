#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"
#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/image/service_image.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::vector<std::string> programs;
  std::string registry;
  std::string tag = DPCTL_VERSION;
  std::string version = DPCTL_VERSION;
  std::string username, password_file;
  bool plain_http = false;
};

Result<image::RegistryOptions> registry_options(const Options& options) {
  image::RegistryOptions result{.plain_http = options.plain_http, .username = options.username};
  if (!options.password_file.empty()) {
    DPCTL_TRY(const auto text, read_file(options.password_file, 1U << 16U));
    result.password = std::string(trim(text));
  }
  return result;
}

Result<ExitCode> run(const Options& options, Env& env) {
  if (options.registry.empty())
    return fail(Code::usage, "no registry").hint("name it with --registry HOST[:PORT][/PATH]");
  DPCTL_TRY(const auto settings, registry_options(options));
  DPCTL_TRY(const auto place, image::parse_reference(options.registry + "/x:y"));
  image::Registry registry(place.registry, settings);  // one for all: layers that the images share go up once
  View view{.columns = {"IMAGE", "DIGEST"}};
  Json items = Json::array();
  for (const auto& path : options.programs) {
    const std::filesystem::path program = path;
    const std::string name =
        fmt::format("{}/{}:{}", options.registry, program.filename().string(), options.tag);
    DPCTL_TRY(const auto reference, image::parse_reference(name));
    DPCTL_TRY(const auto image, image::build(image::recipe_for_service(program, options.version)));
    DPCTL_TRY(const auto digest, registry.push(image, reference, env.deadline(), env.stop(), env.events()));
    view.rows.push_back({name, digest});
    view.names.push_back(name + "@" + digest);
    items.push_back({{"image", name}, {"digest", digest}});
  }
  view.document = std::make_shared<const Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ImageList"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kImagePush("image push", [] {
  return command<Options>()
      .summary("Build images from programs and upload them to a registry")
      .describe(
          "Each program becomes REGISTRY/PROGRAM:TAG. Blobs that the registry has are "
          "skipped; the others "
          "go up in chunks and go "
          "on where a connection broke.")
      .example("Upload the services to a registry of one's own",
               "dpctl image push --registry registry.example.com/dpctl --tag v1.2.3 "
               "build/release/pipeline-services/*-service")
      .argument("PROGRAM", &Options::programs, "ELF programs")
      .files()
      .flag("--registry", &Options::registry, "registry and path", "HOST[:PORT][/PATH]")
      .flag("--tag", &Options::tag, "tag of the images", "TAG")
      .flag("--version", &Options::version, "version for the labels; the tag is no part of the image",
            "VERSION")
      .flag("--username", &Options::username, "user of the registry", "NAME")
      .flag("--password-file", &Options::password_file, "file with the password", "FILE")
      .files()
      .flag("--plain-http", &Options::plain_http, "no TLS")
      .run(run);
});

}  // namespace dpctl::cli
