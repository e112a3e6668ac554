// SPDX-License-Identifier: MIT
// What an error says.
#pragma once

#include <concepts>
#include <string>

#include "storage/error.h"

namespace irmae::tests {

/// What this call says as it throws a Thrown; empty where it throws nothing. Any other exception ends the test.
template <class Thrown = Error, std::invocable Call>
std::string message_of(const Call& call) {
  try {
    call();
  } catch (const Thrown& error) {
    return error.what();
  }
  return {};
}

}  // namespace irmae::tests
