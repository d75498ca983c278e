#include "lib/kube/kubeconfig.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "lib/kube/credentials.hpp"
#include "lib/net/certificate.hpp"

using namespace dpctl;
using namespace dpctl::kube;

namespace {

class Files {
 public:
  std::filesystem::path write(const std::string& name, const std::string& text) {
    const auto path = dir_.path() / name;
    REQUIRE(write_file(path, text));
    return path;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return dir_.path(); }

 private:
  TempDir dir_;
};

constexpr const char* kPlain = R"(apiVersion: v1
kind: Config
current-context: one
clusters:
- name: c
  cluster: {server: "https://10.0.0.1:6443/"}
contexts:
- name: one
  context: {cluster: c, user: u, namespace: data}
users:
- name: u
  user: {token: secret}
)";

/// A kubeconfig whose user has these lines.
std::string with_user(const std::string& lines, const std::string& cluster = "server: https://h") {
  return "current-context: one\nclusters:\n- name: c\n  cluster:\n    " + cluster +
         "\ncontexts:\n- name: one\n  context: {cluster: c, user: u}\nusers:\n- name: u\n  user:\n" + lines;
}

Result<Connection> connect_to(const std::filesystem::path& file) { return connect({.kubeconfig = {file}}); }

Result<Grant> grant_of(const Connection& connection) {
  return connection.credentials->grant(Deadline::after(std::chrono::seconds(5)), {});
}

net::KeyPair certificate(std::chrono::hours from, std::chrono::hours to) {
  const auto now = std::chrono::system_clock::now();
  auto authority = net::CertificateAuthority::create("test", now - std::chrono::hours(10'000),
                                                     now + std::chrono::hours(10'000));
  REQUIRE(authority);
  net::CertificateRequest request;
  request.common_name = "somebody";
  request.not_before = now + from;
  request.not_after = now + to;
  auto pair = authority->issue(request);
  REQUIRE(pair);
  return *pair;
}

std::string data_lines(const net::KeyPair& pair) {
  return "    client-certificate-data: " + base64_encode(pair.certificate_pem) +
         "\n    client-key-data: " + base64_encode(pair.key_pem) + "\n";
}

/// An exec plugin: a shell script, and the user section that calls it.
std::string exec_lines(const std::string& more = "", const std::string& version = "v1") {
  return "    exec:\n      apiVersion: client.authentication.k8s.io/" + version +
         "\n      command: ./plugin\n      interactiveMode: Never\n" + more;
}

void make_plugin(Files& files, const std::string& script) {
  const auto path = files.write("plugin", "#!/bin/sh\n" + script);
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

std::string token_script(const std::string& token, const std::string& more = "") {
  return R"(echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":")" +
         token + "\"" + more + "}}'\n";
}

}  // namespace

TEST_CASE("the current context gives server, namespace and credentials") {
  Files files;
  const auto connection = connect_to(files.write("config", kPlain));
  REQUIRE_MESSAGE(connection, one_line(connection.error()));
  CHECK(connection->server == "https://10.0.0.1:6443");
  CHECK(connection->ns == "data");
  CHECK(connection->context == "one");
  CHECK(grant_of(*connection)->authorization == "Bearer secret");
}

TEST_CASE("of a list of files the first that has an entry wins, and missing files are skipped") {
  Files files;
  const auto first =
      files.write("first", "contexts:\n- name: one\n  context: {cluster: c, user: u, namespace: first}\n");
  const auto second = files.write("second", kPlain);
  const auto third = files.write(
      "third", "current-context: other\nclusters:\n- name: c\n  cluster: {server: https://third}\n");
  const auto connection = connect({.kubeconfig = {files.path() / "missing", first, second, third}});
  REQUIRE_MESSAGE(connection, one_line(connection.error()));
  CHECK(connection->ns == "first");
  CHECK(connection->server == "https://10.0.0.1:6443");
}

TEST_CASE("flags win over the file") {
  Files files;
  const auto connection = connect({.kubeconfig = {files.write("config", kPlain)},
                                   .ns = "other",
                                   .server = "http://127.0.0.1:1",
                                   .token = "flag",
                                   .as = "jane"});
  REQUIRE_MESSAGE(connection, one_line(connection.error()));
  CHECK(connection->ns == "other");
  CHECK(connection->server == "http://127.0.0.1:1");
  CHECK(grant_of(*connection)->authorization == "Bearer flag");
  CHECK(*connection->impersonation.find("Impersonate-User") == "jane");
}

TEST_CASE("relative paths belong to the folder of their file") {
  Files files;
  files.write("a/ca.pem", "CA");
  files.write("a/token", "from file\n");
  const auto path =
      files.write("a/config", with_user("    tokenFile: token\n",
                                        "{server: https://h, certificate-authority: ca.pem, tls-server-name: "
                                        "name, proxy-url: \"socks5://p:1\", disable-compression: true}"));
  const auto connection = connect_to(path);
  REQUIRE_MESSAGE(connection, one_line(connection.error()));
  CHECK(connection->http.tls.ca_pem == "CA");
  CHECK(connection->http.tls.server_name == "name");
  CHECK(connection->http.proxy == "socks5://p:1");
  CHECK(connection->disable_compression);
  CHECK(grant_of(*connection)->authorization == "Bearer from file");
}

TEST_CASE("a token file is read again after a refusal") {
  Files files;
  const auto token = files.write("token", "old");
  const auto connection = connect_to(files.write("config", with_user("    tokenFile: token\n")));
  REQUIRE(connection);
  const auto old = grant_of(*connection);
  CHECK(old->authorization == "Bearer old");
  files.write("token", "new");
  CHECK(grant_of(*connection)->authorization == "Bearer old");
  CHECK(connection->credentials->refused(*old));
  const auto fresh = grant_of(*connection);
  CHECK(fresh->authorization == "Bearer new");
  CHECK(!connection->credentials->refused(*fresh));
}

TEST_CASE("impersonation carries uid, groups and percent-encoded extras") {
  Files files;
  const auto connection = connect_to(
      files.write("config", with_user("    token: t\n    as: jane\n    as-uid: '7'\n    as-groups: [a, b]\n  "
                                      "  as-user-extra:\n      Acme.com/Scope: [x, z]\n")));
  REQUIRE_MESSAGE(connection, one_line(connection.error()));
  std::string text;
  for (const auto& [name, value] : connection->impersonation.fields()) text += name + ": " + value + "\n";
  CHECK(text ==
        "Impersonate-User: jane\nImpersonate-Uid: 7\nImpersonate-Group: a\nImpersonate-Group: b\n"
        "Impersonate-Extra-acme.com%2Fscope: x\nImpersonate-Extra-acme.com%2Fscope: z\n");
}

TEST_CASE("a broken kubeconfig is named with file, line and column") {
  Files files;
  struct Row {
    std::string text;
    std::string what;
    std::size_t line;
  };
  const std::vector<Row> rows{
      {"clusters: [\n", "", 0},
      {"clusters: 5\n", "clusters of the kubeconfig must be a list", 1},
      {"clusters:\n- cluster: {}\n", "an entry of clusters in the kubeconfig has no name", 2},
      {"current-context: nope\n" + std::string(kPlain).substr(std::string(kPlain).find("clusters:")),
       "the kubeconfig has no context \"nope\"", 1},
      {with_user("    token: [1]\n"), "token of the kubeconfig must be a string", 12},
      {with_user("    client-certificate-data: '***'\n    client-key-data: ''\n"),
       "client-certificate-data is not base64", 12},
      {with_user("    token: t\n", "server: ftp://h"),
       "the server \"ftp://h\" is neither https:// nor http://", 5},
      {with_user("    auth-provider: {name: gcp}\n"),
       "user \"u\" has an auth-provider, which Kubernetes removed in 1.26", 12},
      {"kind: Pod\n", "the kubeconfig is of kind Pod, not Config", 1},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto path = files.write("config", row.text);
    const auto connection = connect({.kubeconfig = {path}});
    REQUIRE(!connection);
    CHECK(connection.error().code == Code::usage);
    REQUIRE(connection.error().where);
    CHECK(connection.error().where->subject == path.string());
    if (!row.what.empty()) CHECK(connection.error().what == row.what);
    if (row.line != 0) CHECK(connection.error().where->line == row.line);
  }
}

TEST_CASE("an explicit kubeconfig that is missing is an error, and so is having none at all") {
  CHECK(connect({.kubeconfig = {"/no/such/file"}, .explicit_kubeconfig = true}).error().what ==
        "cannot read the kubeconfig");
  const auto none = connect({.kubeconfig = {"/no/such/file"}});
  REQUIRE(!none);
  CHECK(none.error().what == "no kubeconfig in /no/such/file");
  CHECK(none.error().code == Code::usage);
  CHECK(!none.error().hints.empty());
}

TEST_CASE("a mistyped context gets a suggestion") {
  Files files;
  const auto wrong = connect({.kubeconfig = {files.write("config", kPlain)}, .context = "onee"});
  REQUIRE(!wrong);
  CHECK(wrong.error().hints.front().find("one") != std::string::npos);
}

TEST_CASE("an expired client certificate is named before any request") {
  using std::chrono::hours;
  Files files;
  const auto expired =
      connect_to(files.write("config", with_user(data_lines(certificate(hours(-48), hours(-24))))));
  REQUIRE(!expired);
  CHECK(expired.error().code == Code::denied);
  CHECK(expired.error().what.find("the client certificate of user \"u\" (CN=somebody) expired on 20") == 0);
  REQUIRE(expired.error().where);
  CHECK(expired.error().where->line == 12);
  const auto early =
      connect_to(files.write("config", with_user(data_lines(certificate(hours(24), hours(48))))));
  REQUIRE(!early);
  CHECK(early.error().what.find("is valid only from") != std::string::npos);
  auto mixed = certificate(hours(-1), hours(24));
  mixed.key_pem = certificate(hours(-1), hours(24)).key_pem;
  CHECK(connect_to(files.write("config", with_user(data_lines(mixed)))).error().what ==
        "the client key of user \"u\" belongs to another certificate");
  CHECK(connect_to(files.write("config", with_user(data_lines(certificate(hours(-1), hours(24)))))));
}

TEST_CASE("a pod finds its service account") {
  Files files;
  files.write("token", "pod-token");
  files.write("ca.crt", "CA");
  files.write("namespace", "data-processing\n");
  const std::map<std::string, std::string> environment{{"KUBERNETES_SERVICE_HOST", "fd00::1"},
                                                       {"KUBERNETES_SERVICE_PORT", "443"}};
  const auto connection = connect({.environment = environment, .service_account_dir = files.path()});
  REQUIRE_MESSAGE(connection, one_line(connection.error()));
  CHECK(connection->server == "https://[fd00::1]:443");
  CHECK(connection->ns == "data-processing");
  CHECK(connection->http.tls.ca_pem == "CA");
  CHECK(grant_of(*connection)->authorization == "Bearer pod-token");
}

TEST_CASE("an exec plugin is told who it is, and its token is kept until it is refused") {
  Files files;
  make_plugin(
      files,
      "echo run >> \"$LOG\"\necho \"$KUBERNETES_EXEC_INFO\" > \"$LOG.info\"\necho \"$1\" > \"$LOG.arg\"\n" +
          token_script("fresh", ",\"expirationTimestamp\":\"2099-01-01T00:00:00Z\""));
  const std::string log = (files.path() / "log").string();
  const auto connection = connect_to(files.write(
      "config",
      with_user(exec_lines(
          "      args: [login]\n      provideClusterInfo: true\n      env:\n      - {name: LOG, value: " +
          log + "}\n"))));
  REQUIRE_MESSAGE(connection, one_line(connection.error()));
  CHECK(!read_file(log));
  const auto grant = grant_of(*connection);
  REQUIRE_MESSAGE(grant, one_line(grant.error()));
  CHECK(grant->authorization == "Bearer fresh");
  CHECK(grant_of(*connection));
  CHECK(*read_file(log) == "run\n");
  CHECK(*read_file(log + ".arg") == "login\n");
  const auto info = parse_json(*read_file(log + ".info"), "info");
  REQUIRE(info);
  CHECK(string_at(*info, "spec.cluster.server") == "https://h");
  CHECK(!bool_at(*info, "spec.interactive", true));
  CHECK(connection->credentials->refused(*grant));
  CHECK(grant_of(*connection));
  CHECK(*read_file(log) == "run\nrun\n");
}

TEST_CASE("an exec plugin that expires is run again") {
  Files files;
  make_plugin(files, "echo run >> \"$LOG\"\n" +
                         token_script("t", ",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\""));
  const std::string log = (files.path() / "log").string();
  const auto connection = connect_to(
      files.write("config", with_user(exec_lines("      env:\n      - {name: LOG, value: " + log + "}\n"))));
  REQUIRE(connection);
  REQUIRE(grant_of(*connection));
  REQUIRE(grant_of(*connection));
  CHECK(*read_file(log) == "run\nrun\n");
}

TEST_CASE("an exec plugin that fails says why, and how to get it") {
  Files files;
  struct Row {
    std::string script, wanted;
  };
  for (const auto& row :
       {Row{"echo session expired >&2; exit 3\n", "it ended with exit code 3: session expired"},
        Row{"echo not json\n", "line 1"},
        Row{"echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}'\n",
            "it answered in client.authentication.k8s.io/v1beta1"},
        Row{"echo "
            "'{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/"
            "v1\",\"status\":{}}'\n",
            "neither a token nor a client certificate"},
        Row{"kill -9 $$\n", "it was ended by signal 9"},
        Row{"head -c 3000000 /dev/zero\n", "its answer is over"}}) {
    CAPTURE(row.script);
    make_plugin(files, row.script);
    const auto connection = connect_to(
        files.write("config", with_user(exec_lines("      installHint: get it from the platform team\n"))));
    REQUIRE(connection);
    const auto grant = grant_of(*connection);
    REQUIRE(!grant);
    CHECK(grant.error().code == Code::denied);
    CHECK(grant.error().hints.front() == "get it from the platform team");
    if (row.wanted != "line 1") CHECK(one_line(grant.error()).find(row.wanted) != std::string::npos);
  }
}

TEST_CASE("an exec plugin that hangs is ended, with its children, at the deadline or a stop") {
  Files files;
  make_plugin(files, "sleep 60 & echo $! > \"$LOG\"\nwait\n");
  const std::string log = (files.path() / "log").string();
  const auto connection = connect_to(
      files.write("config", with_user(exec_lines("      env:\n      - {name: LOG, value: " + log +
                                                 "}\n      - {name: PATH, value: /usr/bin:/bin}\n"))));
  REQUIRE(connection);
  const auto late = connection->credentials->grant(Deadline::after(std::chrono::milliseconds(500)), {});
  REQUIRE(!late);
  CHECK(late.error().code == Code::timed_out);
  const auto child = read_file(log);
  REQUIRE(child);
  const auto state = std::filesystem::path("/proc") / child->substr(0, child->find('\n'));
  const Deadline gone = Deadline::after(std::chrono::seconds(5));
  // An orphan may stay as a zombie until init looks after it.
  const auto alive = [&] {
    const auto status = read_file(state / "stat");
    return status && status->find(") Z") == std::string::npos;
  };
  while (alive() && !gone.passed()) {
  }
  CHECK(!alive());
  StopSource stop;
  stop.request_stop();
  CHECK(connection->credentials->grant(Deadline::after(std::chrono::seconds(5)), stop.get_token())
            .error()
            .code == Code::interrupted);
}

TEST_CASE("an exec plugin is looked for in PATH, and one that needs a terminal is not run without") {
  Files files;
  make_plugin(files, token_script("t"));
  const std::string lines =
      "    exec: {apiVersion: client.authentication.k8s.io/v1, command: plugin, interactiveMode: "
      "IfAvailable}\n";
  const auto path = files.write("config", with_user(lines));
  const auto found =
      connect({.kubeconfig = {path}, .environment = {{"PATH", "/nowhere:" + files.path().string()}}});
  REQUIRE(found);
  CHECK(grant_of(*found));
  const auto missing = connect({.kubeconfig = {path}, .environment = {{"PATH", "/nowhere"}}});
  REQUIRE(missing);
  CHECK(one_line(grant_of(*missing).error()).find("plugin is not in PATH") != std::string::npos);
  const auto always =
      connect_to(files.write("config", with_user("    exec: {apiVersion: client.authentication.k8s.io/v1, "
                                                 "command: ./plugin, interactiveMode: Always}\n")));
  REQUIRE(always);
  CHECK(one_line(grant_of(*always).error()).find("it needs a terminal") != std::string::npos);
  CHECK(connect_to(files.write("config", with_user(exec_lines("", "v1alpha1"))))
            .error()
            .hints.front()
            .find("v1beta1") != std::string::npos);
}
