#pragma once

#include "pipeline-services/access/api.hpp"
#include "pipeline-services/projection/price_stream.hpp"
#include "pipeline-services/projection/served_store.hpp"

namespace dpctl::runtime {

/// What the projection service serves, and from where.
class Serving {
 public:
  explicit Serving(ServiceContext& context);
  ~Serving() { store_.stop(); }  // before what its follower tells
  Serving(const Serving&) = delete;
  Serving& operator=(const Serving&) = delete;
  /// Before the server starts: adds the routes and opens the stores.
  void start(ServiceContext& context);
  ServedStore& store() { return store_; }

 private:
  [[nodiscard]] ApiRoute status_route() const;

  ServedTables tables_;
  ServedStore store_;
  Api api_;
  PriceStream stream_;
};

}  // namespace dpctl::runtime
