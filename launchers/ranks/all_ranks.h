// SPDX-License-Identifier: MIT
// All ranks that mpirun started, or this process alone: how a command begins and ends on them.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "framework/distributed/mpi_communicator.h"

namespace irmae::launchers {

/// Runs `work` on all ranks, with the session, null where nothing but this process was started. Returns its exit status, or
/// that of an error that all ranks know of, which one of them tells; an error of one rank alone ends them all.
int with_all_ranks(const std::function<int(distributed::MpiSession*)>& work);

/// All ranks of the session, whose collectives may take `limit`; this process where there is none.
std::unique_ptr<distributed::Communicator> all_ranks(distributed::MpiSession* session, std::chrono::seconds limit);

/// Ends a rank whose error the others do not know of, and so all ranks, with the exit status of the error. `where`: for the
/// start of the message.
[[noreturn]] void end_all_ranks(const std::exception& error, const distributed::MpiSession& session,
                                const std::string& where = "");

/// Does `work`. Errors that all of its ranks know of (a SharedError, or any where there are no `several` ranks) go on to the
/// caller. Any other error is given to `end_all`, which ends all ranks: destroying a communicator, NCCL's above all, would wait
/// for ranks that are still in a collective. So communicators for such collectives are made outside of `work`; with_all_ranks
/// catches the rest.
template <class Work, class EndAll>
decltype(auto) end_where_alone(bool several, const Work& work, const EndAll& end_all) {
  try {
    return work();
  } catch (const distributed::SharedError&) {
    throw;
  } catch (const std::exception& error) {
    if (several) end_all(error);
    throw;
  }
}

/// Does `work`, which all ranks of the session do (null: this process alone). A SharedError goes on to the caller; any other
/// error of one of several ranks ends them all, by end_all_ranks().
template <class Work>
decltype(auto) end_where_alone(const distributed::MpiSession* session, const Work& work) {
  return end_where_alone(session && session->size() > 1, work,
                         [&](const std::exception& error) { end_all_ranks(error, *session); });
}

}  // namespace irmae::launchers
