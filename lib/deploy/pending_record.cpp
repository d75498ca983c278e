#include "lib/deploy/pending_record.hpp"

#include <future>
#include <utility>

#include "lib/deploy/release_lock.hpp"
#include "lib/deploy/release_state.hpp"

namespace dpctl::deploy {

Result<std::unique_ptr<PendingRecord>> PendingRecord::write(const plan::Context& context,
                                                            chart::Release release,
                                                            const chart::History* planned) {
  auto records = store_of(context);
  std::future<Result<void>> looking;
  if (planned != nullptr)
    looking = std::async(std::launch::async, [&, name = release.name, ours = release.version] {
      return check_unmoved(context, name, *planned, ours);
    });
  const auto created = records.create(release, context.deadline, context.stop);
  const auto unmoved = planned == nullptr ? Result<void>{} : looking.get();
  if (!created) return fail(created.error());
  std::unique_ptr<PendingRecord> written(new PendingRecord(std::move(records), std::move(release)));
  if (!unmoved) return fail(unmoved.error());
  return written;
}

PendingRecord::~PendingRecord() {
  // The command's own deadline may be what ended it: the removal gets a moment of its own.
  if (release_) (void)records_.remove({&*release_}, Deadline::after(std::chrono::seconds(5)), {});
}

chart::Release PendingRecord::take() { return *std::exchange(release_, std::nullopt); }

}  // namespace dpctl::deploy
