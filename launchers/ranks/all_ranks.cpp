// SPDX-License-Identifier: MIT
#include "launchers/ranks/all_ranks.h"

#include <optional>

#include "framework/distributed/gpu.h"
#include "framework/distributed/phase.h"
#include "launchers/exit_status.h"
#include "storage/error.h"
#include "storage/system/tell.h"

namespace irmae::launchers {

int with_all_ranks(const std::function<int(distributed::MpiSession*)>& work) {
  // Before anything of LibTorch asks for CUDA.
  distributed::load_gpu_plugin();
  std::optional<distributed::MpiSession> session;
  if (distributed::MpiSession::launched()) session.emplace();
  try {
    distributed::MpiSession* const ranks = session ? &*session : nullptr;
    return end_where_alone(ranks, [&] { return work(ranks); });
  } catch (const distributed::SharedError& error) {
    if (!session || session->rank() == 0) report(error);
    return status_of(error.kind());
  }
}

std::unique_ptr<distributed::Communicator> all_ranks(distributed::MpiSession* session, std::chrono::seconds limit) {
  return session ? session->world(limit) : distributed::make_single();
}

void end_all_ranks(const std::exception& error, const distributed::MpiSession& session, const std::string& where) {
  storage::tell("irmae: {}: {}{}\n", distributed::place_of(session.rank()), where, message_of(error));
  distributed::MpiSession::abort(status_of(kind_of(error)));
}

}  // namespace irmae::launchers
