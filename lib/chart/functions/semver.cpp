// Semantic versions, as Masterminds/semver reads and compares them.
#include <array>
#include <memory>

#include "lib/chart/functions/function.hpp"
#include "lib/chart/version.hpp"

namespace dpctl::chart {
namespace {

/// What `semver` answers with: *semver.Version.
class VersionObject final : public Object {
 public:
  explicit VersionObject(Version version) : version_(std::move(version)) {}
  [[nodiscard]] const Version& version() const { return version_; }
  std::string_view type_name() const override { return "*semver.Version"; }
  std::string_view kind_name() const override { return "ptr"; }
  Value field(std::string_view) const override { return {}; }
  bool has_method(std::string_view name) const override {
    for (const std::string_view known :
         {"Major", "Minor", "Patch", "Prerelease", "Metadata", "Original", "String", "Compare", "Equal",
          "LessThan", "GreaterThan", "IncMajor", "IncMinor", "IncPatch"})
      if (name == known) return true;
    return false;
  }
  int arity(std::string_view name) const override { return takes_version(name) ? -1 : 0; }
  Value call(std::string_view name, std::span<const Value> args) const override {
    if (name == "Major") return Value::int64(static_cast<std::int64_t>(version_.major));
    if (name == "Minor") return Value::int64(static_cast<std::int64_t>(version_.minor));
    if (name == "Patch") return Value::int64(static_cast<std::int64_t>(version_.patch));
    if (name == "Prerelease") return Value::string(version_.prerelease);
    if (name == "Metadata") return Value::string(version_.build);
    if (name == "Original") return Value::string(version_.original);
    if (name == "String") return Value::string(version_.text());
    if (name.starts_with("Inc")) return Value::object(std::make_shared<VersionObject>(incremented(name)));
    const int order = version_.compare(other(args));
    if (name == "Compare") return Value::integer(order);
    return Value::boolean(name == "Equal" ? order == 0 : name == "LessThan" ? order < 0 : order > 0);
  }
  std::string print() const override { return version_.text(); }
  Value plain() const override { return Value::string(version_.text()); }

 private:
  static bool takes_version(std::string_view name) {
    return name == "Compare" || name == "Equal" || name == "LessThan" || name == "GreaterThan";
  }
  static const Version& other(std::span<const Value> args) {
    if (args.size() == 1 && args[0].kind() == Kind::object)
      if (const auto* object = dynamic_cast<const VersionObject*>(&args[0].as_object()); object != nullptr)
        return object->version();
    throw_error("wrong type for value; expected *semver.Version");
  }
  [[nodiscard]] Version incremented(std::string_view name) const {
    Version next = version_;
    next.build.clear();
    if (name == "IncPatch") {
      if (next.prerelease.empty()) ++next.patch;
    } else {
      next.patch = 0;
      if (name == "IncMinor") {
        ++next.minor;
      } else {
        ++next.major;
        next.minor = 0;
      }
    }
    next.prerelease.clear();
    next.original = (version_.original.starts_with('v') ? "v" : "") + next.text();
    return next;
  }

  Version version_;
};

Version read(const std::string& text) {
  auto version = Version::read(text);
  if (!version) throw_error(version.error().what);
  return *std::move(version);
}

Value semver(Call& call) { return Value::object(std::make_shared<VersionObject>(read(call.text(0)))); }

Value compare(Call& call) {
  const auto range = VersionRange::parse(call.text(0));
  if (!range) throw_error(range.error().what);
  return Value::boolean(range->allows(read(call.text(1))));
}

constexpr std::array kTable{Function{"semver", "s", semver}, Function{"semverCompare", "ss", compare}};

}  // namespace

std::span<const Function> semver_functions() { return kTable; }

}  // namespace dpctl::chart
