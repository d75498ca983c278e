#include <doctest/doctest.h>

#include <mutex>

#include "pipeline-services/io/http_server.hpp"
#include "pipeline-services/runtime/inserter.hpp"
#include "tests/unit/free_port.hpp"

using namespace dpctl;
using namespace dpctl::runtime;

namespace {

/// What a ClickHouse would have seen; refuses the first `refusals` inserts as one that is overloaded does.
class FakeStore {
 public:
  explicit FakeStore(int refusals) : refusals_(refusals) {
    server_.route("POST", "/", [this](const io::HttpRequest& request) {
      const std::scoped_lock lock(mutex_);
      seen_.emplace_back(*request.parameter("insert_deduplication_token"), std::string(request.body));
      return io::HttpResponse{.status = refusals_-- > 0 ? 503 : 200};
    });
    REQUIRE(server_.start({port_}));
  }
  [[nodiscard]] io::ClickHouseOptions options() const {
    return {.url = fmt::format("http://127.0.0.1:{}", port_)};
  }
  std::vector<std::pair<std::string, std::string>> seen() {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }

 private:
  std::mutex mutex_;
  int refusals_;
  std::vector<std::pair<std::string, std::string>> seen_;
  std::uint16_t port_ = test::free_port();
  io::HttpServer server_{{.address = "127.0.0.1"}};
};

/// An inserter before such a store.
struct Stand {
  FakeStore store;
  Metrics metrics{"test", "0"};
  Inserter inserter{store.options(), metrics};
};

std::vector<SealedBlock> two_blocks() {
  return {{.table = "b", .columns = "x", .native = "rows of b", .token = "t/b", .rows = 2},
          {.table = "a", .columns = "x", .native = "rows of a", .token = "t/a", .rows = 1}};
}

}  // namespace

TEST_CASE("a refused block goes again with its bytes and its token, and what is stored does not") {
  Stand stand{.store = FakeStore(1)};
  auto& inserter = stand.inserter;
  inserter.take(two_blocks());
  inserter.begin();
  CHECK_FALSE(inserter.result());
  CHECK(inserter.has_lot());
  inserter.begin();
  CHECK(inserter.result());
  CHECK_FALSE(inserter.has_lot());
  const auto seen = stand.store.seen();
  REQUIRE(seen.size() == 3);
  CHECK(seen[2] == seen[0]);  // the refused one, whichever came first
  CHECK(seen[1] != seen[0]);
  for (const auto& [token, rows] : seen) CHECK(rows == (token == "t/a" ? "rows of a" : "rows of b"));
}

TEST_CASE("a lot without rows is stored as soon as it is begun") {
  Metrics metrics("test", "0");
  Inserter inserter({.url = "http://127.0.0.1:9"}, metrics);
  CHECK_FALSE(inserter.has_result());
  inserter.take({});
  CHECK(inserter.has_lot());
  inserter.begin();
  CHECK(inserter.result());
  CHECK_FALSE(inserter.has_lot());
}

TEST_CASE("what is forgotten is not inserted again") {
  Stand stand{.store = FakeStore(1)};
  auto& inserter = stand.inserter;
  inserter.take(two_blocks());
  inserter.begin();
  inserter.forget();
  CHECK_FALSE(inserter.under_way());
  CHECK_FALSE(inserter.has_lot());
  const auto before = stand.store.seen().size();
  inserter.take({});
  inserter.begin();
  CHECK(inserter.result());
  CHECK(stand.store.seen().size() == before);
}
