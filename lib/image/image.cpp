// lib/image/image.cpp: from a recipe to the bytes of an OCI image (image-spec 1.1).
//
// Everything that could differ between two runs is fixed: order, owner, mode, time. The libraries stand in a
// layer of their own, first, so that the services of one build share it in the registry and on the node.
#include "lib/image/image.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "lib/data/gzip.hpp"
#include "lib/data/json.hpp"
#include "lib/image/elf.hpp"
#include "lib/image/layer.hpp"
#include "lib/image/media_types.hpp"

namespace dpctl::image {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 2ULL << 30U;
constexpr std::string_view kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Layer {
  Blob blob;
  std::string diff_id;  ///< digest of the tar before compression
  std::string note;
};

Layer make_layer(const Tree& tree, std::string note) {
  const std::string tar = tree.tar();
  std::string packed = gzip(tar);
  std::string digest = digest_of(packed);
  return {.blob = {.media_type = std::string(kLayerType),
                   .digest = std::move(digest),
                   .bytes = std::move(packed)},
          .diff_id = digest_of(tar),
          .note = std::move(note)};
}

Result<void> add_text(Tree& tree, std::string_view path, std::string_view text) {
  return tree.add(path, {.kind = Entry::Kind::file, .mode = 0644, .content = std::string(text)});
}

/// What programs expect of any system: a place for temporary files, names for users, a rule for host names.
Result<void> add_base(Tree& tree) {
  DPCTL_CHECK(tree.add("/tmp", {.kind = Entry::Kind::directory, .mode = 01777}));
  DPCTL_CHECK(add_text(tree, "/etc/passwd",
                       "root:x:0:0:root:/root:/sbin/nologin\n"
                       "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"));
  DPCTL_CHECK(add_text(tree, "/etc/group", "root:x:0:\nnonroot:x:65532:\n"));
  DPCTL_CHECK(tree.add("/home/nonroot", {.kind = Entry::Kind::directory, .mode = 0755}));
  return add_text(tree, "/etc/nsswitch.conf", "hosts: files dns\n");
}

Result<void> add_file(Tree& tree, const fs::path& source, const std::string& target, unsigned mode) {
  struct stat info{};
  if (::stat(source.c_str(), &info) != 0)
    return fail(Code::not_found, "cannot place {} in the image: it does not exist", source.string());
  DPCTL_TRY(auto bytes, read_file(source, kMaxFile));
  if (mode == 0) mode = (info.st_mode & 0111U) != 0 ? 0755 : 0644;
  return tree.add(target, {.kind = Entry::Kind::file, .mode = mode, .content = std::move(bytes)});
}

Result<void> add_folder(Tree& tree, const fs::path& source, const std::string& target, unsigned mode) {
  std::error_code failed;
  for (fs::recursive_directory_iterator it(source, failed), end; !failed && it != end; it.increment(failed)) {
    const std::string place = target + "/" + it->path().lexically_relative(source).string();
    if (it->is_symlink()) {
      DPCTL_CHECK(tree.add(place, {.kind = Entry::Kind::link,
                                   .mode = 0777,
                                   .content = fs::read_symlink(it->path(), failed).string()}));
    } else if (it->is_directory()) {
      DPCTL_CHECK(tree.add(place, {.kind = Entry::Kind::directory, .mode = 0755}));
    } else if (it->is_regular_file()) {
      DPCTL_CHECK(add_file(tree, it->path(), place, mode));
    }
  }
  if (failed) return fail(Code::failed, "cannot read the folder {}: {}", source.string(), failed.message());
  return {};
}

Result<Tree> library_tree(const Closure& closure) {
  Tree tree;
  for (const auto& library : closure.libraries)
    DPCTL_CHECK(add_file(tree, library.source, library.target, 0755));
  return tree;
}

Result<Tree> program_tree(const Recipe& recipe) {
  Tree tree;
  DPCTL_CHECK(add_base(tree));
  for (const auto& program : recipe.binaries)
    DPCTL_CHECK(add_file(tree, program, "/usr/local/bin/" + program.filename().string(), 0755));
  for (const auto& file : recipe.files) {
    std::error_code missing;
    if (fs::is_directory(file.source, missing))
      DPCTL_CHECK(add_folder(tree, file.source, file.target, file.mode));
    else
      DPCTL_CHECK(add_file(tree, file.source, file.target, file.mode));
  }
  return tree;
}

Json runtime_config(const Recipe& recipe) {
  auto environment = recipe.environment;
  environment.try_emplace("PATH", kPath);
  Json variables = Json::array();
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  Json config{{"Env", std::move(variables)}, {"User", recipe.user}, {"WorkingDir", recipe.working_dir}};
  if (!recipe.entrypoint.empty()) config["Entrypoint"] = recipe.entrypoint;
  if (!recipe.command.empty()) config["Cmd"] = recipe.command;
  if (!recipe.labels.empty()) config["Labels"] = recipe.labels;
  for (const int port : recipe.ports) config["ExposedPorts"][std::to_string(port) + "/tcp"] = Json::object();
  return config;
}

Blob make_config(const Recipe& recipe, const std::string& architecture, const std::vector<Layer>& layers) {
  Json diff_ids = Json::array();
  Json history = Json::array();
  for (const auto& layer : layers) {
    diff_ids.push_back(layer.diff_id);
    history.push_back({{"created", kEpoch}, {"created_by", layer.note}});
  }
  const Json config{{"architecture", architecture},
                    {"config", runtime_config(recipe)},
                    {"created", kEpoch},
                    {"history", std::move(history)},
                    {"os", "linux"},
                    {"rootfs", {{"type", "layers"}, {"diff_ids", std::move(diff_ids)}}}};
  std::string bytes = dump_json(config);
  std::string digest = digest_of(bytes);
  return {.media_type = std::string(kConfigType), .digest = std::move(digest), .bytes = std::move(bytes)};
}

Json descriptor(const Blob& blob) {
  return {{"mediaType", blob.media_type}, {"digest", blob.digest}, {"size", blob.bytes.size()}};
}

Blob make_manifest(const Image& image, const Recipe& recipe) {
  Json layers = Json::array();
  for (const auto& layer : image.layers) layers.push_back(descriptor(layer));
  Json manifest{{"schemaVersion", 2},
                {"mediaType", kManifestType},
                {"config", descriptor(image.config)},
                {"layers", std::move(layers)}};
  if (!recipe.labels.empty()) manifest["annotations"] = recipe.labels;
  std::string bytes = dump_json(manifest);
  std::string digest = digest_of(bytes);
  return {.media_type = std::string(kManifestType), .digest = std::move(digest), .bytes = std::move(bytes)};
}

}  // namespace

std::string digest_of(std::string_view bytes) { return "sha256:" + sha256_hex(bytes); }

Result<Image> build(const Recipe& recipe) {
  if (recipe.binaries.empty() && recipe.files.empty())
    return fail(Code::usage, "an image of nothing: the recipe has no program and no file");
  DPCTL_TRY(const auto closure, library_closure(recipe.binaries, recipe.opened_libraries));
  DPCTL_TRY(const auto libraries, library_tree(closure));
  DPCTL_TRY(const auto programs, program_tree(recipe));
  std::vector<Layer> layers;
  if (!libraries.empty()) layers.push_back(make_layer(libraries, "shared libraries"));
  layers.push_back(make_layer(programs, "programs and files"));

  Image image;
  image.config = make_config(
      recipe, closure.architecture.empty() ? std::string(kOwnArchitecture) : closure.architecture, layers);
  for (auto& layer : layers) image.layers.push_back(std::move(layer.blob));
  image.manifest = make_manifest(image, recipe);
  return image;
}

Result<void> write_archive(const Image& image, std::string_view name, const std::filesystem::path& path) {
  Json entry = descriptor(image.manifest);
  const auto colon = name.rfind(':');
  const bool tagged = colon != std::string_view::npos && name.find('/', colon) == std::string_view::npos;
  entry["annotations"] = {{"io.containerd.image.name", name},
                          {"org.opencontainers.image.ref.name", tagged ? name.substr(colon + 1) : "latest"}};
  const Json index{
      {"schemaVersion", 2}, {"mediaType", kIndexType}, {"manifests", Json::array({std::move(entry)})}};

  std::vector<const Blob*> blobs{&image.manifest, &image.config};
  for (const auto& layer : image.layers) blobs.push_back(&layer);
  std::sort(blobs.begin(), blobs.end(), [](const Blob* a, const Blob* b) { return a->digest < b->digest; });
  blobs.erase(std::unique(blobs.begin(), blobs.end(),
                          [](const Blob* a, const Blob* b) { return a->digest == b->digest; }),
              blobs.end());

  std::string tar;
  append_tar_file(tar, "oci-layout", R"({"imageLayoutVersion":"1.0.0"})");
  append_tar_file(tar, "index.json", dump_json(index));
  for (const Blob* blob : blobs) append_tar_file(tar, "blobs/sha256/" + blob->digest.substr(7), blob->bytes);
  append_tar_end(tar);
  return write_file(path, tar);
}

}  // namespace dpctl::image
