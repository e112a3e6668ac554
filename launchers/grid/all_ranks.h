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

/// The end of a rank whose error the others do not know of, and so of them all. `where`: for the start of the message.
[[noreturn]] void end_all_ranks(const std::exception& error, const distributed::MpiSession& session,
                                const std::string& where = "");

}  // namespace irmae::launchers
