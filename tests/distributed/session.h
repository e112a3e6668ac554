// SPDX-License-Identifier: MIT
#pragma once

#include "framework/distributed/mpi_communicator.h"

namespace irmae::tests {
extern distributed::MpiSession* session;
}
