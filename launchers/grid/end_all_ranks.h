// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <exception>

#include "framework/distributed/mpi_communicator.h"
#include "framework/distributed/phase.h"
#include "storage/error.h"
#include "storage/tell.h"

namespace irmae::launchers {

/// The end of a rank whose error the others do not know of.
[[noreturn]] inline void end_all_ranks(const std::exception& error, const distributed::MpiSession& session) {
  storage::tell("irmae: {}: {}\n", distributed::place_of(session.rank()), message_of(error));
  distributed::MpiSession::abort(dynamic_cast<const UsageError*>(&error) ? 2 : 1);
}

}  // namespace irmae::launchers
