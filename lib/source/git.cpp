// git.cpp: charts in git repositories, through libgit2.
//
// The repository is fetched bare and its files are read from the object store, so no checkout runs filters or
// makes links. libgit2 1.5 has neither shallow clones nor a timeout for a server that falls silent: only the
// history of the ref asked for is fetched, and the transfer has a thread of its own, which is left behind
// when the deadline passes.
#include "lib/source/git.hpp"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/source/git_api.hpp"

namespace dpctl::source {
namespace {

constexpr std::string_view kPrefix = "git+";
constexpr const char* kChosen = "refs/dpctl/chosen";

template <class T, class Free>
auto own(T* object, Free free) {
  return std::unique_ptr<T, Free>(object, free);
}

/// "a/./b/../c" → "a/c"; nullopt when it leads above the start.
std::optional<std::string> inside(const std::string& path) {
  std::vector<std::string> parts;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.emplace_back(part);
      continue;
    }
    if (parts.empty()) return std::nullopt;
    parts.pop_back();
  }
  return join(parts, "/");
}

/// One transfer: shared with its thread, which may outlive the caller.
struct Transfer {
  Transfer(GitAddress a, const GitLimits& l, Deadline d, StopToken s)
      : address(std::move(a)), limits(l), deadline(d), stop(std::move(s)) {}

  GitAddress address;
  GitLimits limits;
  Deadline deadline;
  StopToken stop;
  TempDir folder{};
  int logins = 0;
  bool too_large = false;

  std::mutex mutex{};
  std::condition_variable_any changed{};
  std::optional<Result<std::string>> commit{};  ///< guarded by the mutex
};

bool gave_up(const Transfer& transfer) {
  return transfer.stop.stop_requested() || transfer.deadline.passed();
}

int on_progress(const git_indexer_progress* progress, void* payload) {
  auto& transfer = *static_cast<Transfer*>(payload);
  transfer.too_large = progress->received_bytes > transfer.limits.transfer;
  return transfer.too_large || gave_up(transfer) ? -1 : 0;
}

int on_text(const char*, int, void* payload) { return gave_up(*static_cast<Transfer*>(payload)) ? -1 : 0; }

/// "https://user:password@host/…" has them in the address; ssh asks the agent. Each is tried once.
int on_login(git_credential** out, const char* url, const char* user, unsigned int allowed, void* payload) {
  auto& transfer = *static_cast<Transfer*>(payload);
  const auto api = git();
  if (!api || ++transfer.logins > 2) return GIT_EUSER;
  if ((allowed & GIT_CREDENTIAL_SSH_KEY) != 0U)
    return (*api)->credential_ssh_key_from_agent(out, user == nullptr ? "git" : user);
  const std::string_view text = url;
  const auto begin = text.find("://");
  const auto at = text.find('@');
  if ((allowed & GIT_CREDENTIAL_USERPASS_PLAINTEXT) == 0U || begin == std::string_view::npos ||
      at == std::string_view::npos || at > text.find('/', begin + 3))
    return GIT_EUSER;
  const std::string login(text.substr(begin + 3, at - begin - 3));
  const auto colon = std::min(login.find(':'), login.size());
  const std::string password = colon < login.size() ? login.substr(colon + 1) : "";
  return (*api)->credential_userpass_plaintext_new(out, login.substr(0, colon).c_str(), password.c_str());
}

/// An address without user and password, for errors.
std::string shown(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto slash = std::min(url.find('/', begin), url.size());
  const auto at = url.rfind('@', slash);
  return at == std::string::npos || at < begin ? url : url.substr(0, begin) + url.substr(at + 1);
}

Failure refused(const GitApi& api, const Transfer& transfer, Code code) {
  if (transfer.too_large)
    return fail(Code::failed, "{} sends more than {} bytes", shown(transfer.address.url),
                transfer.limits.transfer);
  if (transfer.stop.stop_requested()) return fail(Code::interrupted, "interrupted");
  if (transfer.deadline.passed())
    return fail(Code::timed_out, "{} did not answer in time", shown(transfer.address.url));
  const auto* error = api.error_last();
  return fail(code, "cannot fetch {}: {}", shown(transfer.address.url),
              error == nullptr || error->message == nullptr ? "no reason given" : error->message);
}

bool is_commit(const std::string& ref) {
  return ref.size() == GIT_OID_HEXSZ && ref.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

/// What to ask the server for, by the names it has.
Result<std::vector<std::string>> refspecs(const Transfer& transfer, std::span<const std::string> names) {
  const auto& ref = transfer.address.ref;
  const auto has = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (names.empty()) return fail(Code::not_found, "{} is empty", shown(transfer.address.url));
  if (ref.empty()) return std::vector<std::string>{fmt::format("+HEAD:{}", kChosen)};
  for (const auto* folder : {"refs/heads/", "refs/tags/"})
    if (has(folder + ref)) return std::vector<std::string>{fmt::format("+{}{}:{}", folder, ref, kChosen)};
  if (is_commit(ref))
    return std::vector<std::string>{"+refs/heads/*:refs/dpctl/heads/*", "+refs/tags/*:refs/dpctl/tags/*"};
  std::vector<std::string> known;
  for (const auto& name : names)
    if (const auto slash = name.find('/', 5); name.starts_with("refs/") && slash != std::string::npos)
      known.push_back(name.substr(slash + 1));
  const auto hint = did_you_mean(ref, known);
  return fail(Code::not_found, "{} has no branch, tag or commit '{}'", shown(transfer.address.url), ref)
      .hint("{}", hint.empty() ? "name a branch, a tag or all 40 digits of a commit" : hint);
}

Result<std::vector<std::string>> names_at(const GitApi& api, git_remote* remote, const Transfer& transfer) {
  const git_remote_head** heads = nullptr;
  std::size_t count = 0;
  if (api.remote_ls(&heads, &count, remote) < 0) return refused(api, transfer, Code::failed);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.emplace_back(heads[i]->name);
  return names;
}

/// Fetches into the transfer's folder and gives the commit.
Result<std::string> download(Transfer& transfer) {
  DPCTL_TRY(const auto* api, git());
  git_repository* made = nullptr;
  if (api->repository_init(&made, transfer.folder.path().c_str(), 1) < 0)
    return refused(*api, transfer, Code::failed);
  const auto repository = own(made, api->repository_free);
  git_remote* created = nullptr;
  if (api->remote_create_anonymous(&created, made, transfer.address.url.c_str()) < 0)
    return refused(*api, transfer, Code::usage);
  const auto remote = own(created, api->remote_free);
  git_fetch_options options;
  api->fetch_options_init(&options, GIT_FETCH_OPTIONS_VERSION);
  options.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
  options.callbacks.payload = &transfer;
  options.callbacks.transfer_progress = on_progress;
  options.callbacks.sideband_progress = on_text;
  options.callbacks.credentials = on_login;
  if (api->remote_connect(created, GIT_DIRECTION_FETCH, &options.callbacks, nullptr, nullptr) < 0)
    return refused(*api, transfer, Code::not_found);
  DPCTL_TRY(const auto names, names_at(*api, created, transfer));
  DPCTL_TRY(auto specs, refspecs(transfer, names));
  std::vector<char*> pointers;
  for (auto& spec : specs) pointers.push_back(spec.data());
  const git_strarray list{pointers.data(), pointers.size()};
  if (api->remote_fetch(created, &list, &options, nullptr) < 0) return refused(*api, transfer, Code::failed);
  if (specs.size() > 1) return transfer.address.ref;
  git_oid id;
  if (api->reference_name_to_id(&id, made, kChosen) < 0) return refused(*api, transfer, Code::not_found);
  char text[GIT_OID_HEXSZ + 1];
  return std::string(api->oid_tostr(text, sizeof text, &id));
}

/// download() on a thread of its own, so that a silent server costs no more than the time there is.
Result<std::string> wait_for_download(const std::shared_ptr<Transfer>& transfer) {
  std::thread worker([transfer] {
    auto commit = download(*transfer);
    const std::scoped_lock lock(transfer->mutex);
    transfer->commit = std::move(commit);
    transfer->changed.notify_all();
  });
  std::unique_lock lock(transfer->mutex);
  const auto done = [&] { return transfer->commit.has_value(); };
  while (!done() && !gave_up(*transfer))
    transfer->changed.wait_for(lock, transfer->deadline.at_most(std::chrono::milliseconds(100)).left(), done);
  if (done()) {
    lock.unlock();
    worker.join();  // it holds the folder, which goes with its last holder
    return *std::move(transfer->commit);
  }
  worker.detach();
  if (transfer->stop.stop_requested()) return fail(Code::interrupted, "interrupted");
  return fail(Code::timed_out, "{} did not answer in time", shown(transfer->address.url));
}

/// Writes a tree of the object store as files.
class Writer {
 public:
  Writer(const GitApi& api, git_repository* repository, git_tree* root, const GitAddress& address,
         const GitLimits& limits)
      : api_(api), repository_(repository), root_(root), address_(address), limits_(limits) {}

  /// What stands at `path` of the repository, a file or a folder.
  Result<void> write(const std::string& path, const std::filesystem::path& to, int depth) {
    if (depth > limits_.depth) return bad("{} is nested too deeply, or its links lead in a circle", path);
    if (path.empty()) return write_tree(root_, path, to, depth);
    git_tree_entry* found = nullptr;
    if (api_.tree_entry_bypath(&found, root_, path.c_str()) < 0)
      return fail(Code::not_found, "{} has no '{}' at {}", shown(address_.url), path,
                  address_.ref.empty() ? "its default branch" : address_.ref);
    const auto entry = own(found, api_.tree_entry_free);
    return write_entry(found, path, to, depth);
  }

 private:
  template <class... Args>
  Failure bad(fmt::format_string<Args...> text, Args&&... args) {
    return fail(Code::failed, "{}: {}", shown(address_.url), fmt::format(text, std::forward<Args>(args)...));
  }

  Result<void> write_entry(const git_tree_entry* entry, const std::string& path,
                           const std::filesystem::path& to, int depth) {
    if (++entries_ > limits_.files) return bad("'{}' holds more than {} files", address_.path, limits_.files);
    const auto* id = api_.tree_entry_id(entry);
    switch (api_.tree_entry_filemode(entry)) {
      case GIT_FILEMODE_TREE: {
        git_tree* found = nullptr;
        if (api_.tree_lookup(&found, repository_, id) < 0) return bad("cannot read {}", path);
        const auto tree = own(found, api_.tree_free);
        return write_tree(found, path, to, depth);
      }
      case GIT_FILEMODE_LINK: return write_link(id, path, to, depth);
      case GIT_FILEMODE_COMMIT: return {};  // a submodule: another repository, which is not fetched
      default: break;
    }
    DPCTL_TRY(const auto bytes, blob(id, path));
    total_ += bytes.size();
    if (total_ > limits_.total) return bad("'{}' holds more than {} bytes", address_.path, limits_.total);
    return write_file(to, bytes);
  }

  Result<void> write_tree(git_tree* tree, const std::string& path, const std::filesystem::path& to,
                          int depth) {
    std::filesystem::create_directories(to);
    const auto count = api_.tree_entrycount(tree);
    for (std::size_t i = 0; i < count; ++i) {
      const auto* entry = api_.tree_entry_byindex(tree, i);
      const std::string name = api_.tree_entry_name(entry);
      if (name.empty() || name == "." || name == ".." || name.find_first_of("/\\") != std::string::npos)
        return bad("{} holds a file of the impossible name '{}'", path, name);
      if (depth >= limits_.depth) return bad("{} is nested too deeply, or its links lead in a circle", path);
      DPCTL_CHECK(write_entry(entry, path.empty() ? name : path + "/" + name, to / name, depth + 1));
    }
    return {};
  }

  Result<void> write_link(const git_oid* id, const std::string& path, const std::filesystem::path& to,
                          int depth) {
    DPCTL_TRY(const auto target, blob(id, path));
    const auto slash = path.rfind('/');
    const auto folder = slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
    const auto place = target.starts_with('/') ? std::nullopt : inside(folder + target);
    if (!place) return bad("the link {} leads out of the repository, to {}", path, target);
    return write(*place, to, depth + 1);
  }

  Result<std::string> blob(const git_oid* id, const std::string& path) {
    git_blob* found = nullptr;
    if (api_.blob_lookup(&found, repository_, id) < 0) return bad("cannot read {}", path);
    const auto owner = own(found, api_.blob_free);
    const auto size = api_.blob_rawsize(found);
    if (size > limits_.total) return bad("{} is larger than {} bytes", path, limits_.total);
    return std::string(static_cast<const char*>(api_.blob_rawcontent(found)), size);
  }

  const GitApi& api_;
  git_repository* repository_;
  git_tree* root_;
  const GitAddress& address_;
  const GitLimits& limits_;
  std::size_t total_ = 0;
  std::size_t entries_ = 0;  ///< folders and links too: links can name a folder again and again
};

}  // namespace

bool is_git(std::string_view reference) { return reference.starts_with(kPrefix); }

Result<GitAddress> parse_git(std::string_view reference) {
  const auto bad = [&](std::string_view why) {
    return fail(Code::usage, "'{}' is no address of a git repository: {}", reference, why)
        .hint("write git+https://HOST/REPOSITORY.git@REF//PATH; ssh and file go too");
  };
  auto text = is_git(reference) ? reference.substr(kPrefix.size()) : reference;
  const auto scheme = text.find("://");
  const auto name = text.substr(0, scheme);
  if (scheme == std::string_view::npos ||
      (name != "https" && name != "http" && name != "ssh" && name != "file" && name != "git"))
    return bad("its scheme is not https, http, ssh, git or file");
  const auto authority = scheme + 3;
  GitAddress address;
  auto rest = text.find('/', authority);
  if (rest == std::string_view::npos) return bad("it names no repository");
  if (const auto path = text.find("//", rest); path != std::string_view::npos) {
    const auto clean = inside(std::string(text.substr(path + 2)));
    if (!clean) return bad("its path leads out of the repository");
    address.path = *clean;
    text = text.substr(0, path);
  }
  if (const auto at = text.find('@', rest); at != std::string_view::npos) {
    address.ref = text.substr(at + 1);
    text = text.substr(0, at);
    if (address.ref.empty()) return bad("after '@' stands no branch, tag or commit");
  }
  if (address.ref.find_first_of(":*+^~ \\") != std::string::npos)
    return bad("its ref cannot be one of git's");
  address.url = text;
  return address;
}

Result<GitFolder> fetch_git(std::string_view reference, const std::filesystem::path& into,
                            const GitLimits& limits, Deadline deadline, StopToken stop) {
  DPCTL_TRY(auto address, parse_git(reference));
  DPCTL_TRY(const auto* api, git());
  const auto transfer = std::make_shared<Transfer>(std::move(address), limits, deadline, std::move(stop));
  DPCTL_TRY(auto commit, wait_for_download(transfer));
  git_repository* opened = nullptr;
  if (api->repository_init(&opened, transfer->folder.path().c_str(), 1) < 0)
    return refused(*api, *transfer, Code::failed);
  const auto repository = own(opened, api->repository_free);
  git_oid id;
  git_object* found = nullptr;
  if (api->oid_fromstr(&id, commit.c_str()) < 0 ||
      api->object_lookup(&found, opened, &id, GIT_OBJECT_ANY) < 0)
    return fail(Code::not_found, "{} has no branch, tag or commit '{}'", shown(transfer->address.url),
                commit);
  const auto object = own(found, api->object_free);
  git_object* tree = nullptr;
  if (api->object_peel(&tree, found, GIT_OBJECT_TREE) < 0)
    return fail(Code::not_found, "'{}' of {} is no commit", transfer->address.ref,
                shown(transfer->address.url));
  const auto tree_owner = own(tree, api->object_free);
  Writer writer(*api, opened, reinterpret_cast<git_tree*>(tree), transfer->address, transfer->limits);
  const auto folder = into / "chart";
  DPCTL_CHECK(writer.write(transfer->address.path, folder, 0));
  return GitFolder{.path = folder, .commit = std::move(commit)};
}

}  // namespace dpctl::source
