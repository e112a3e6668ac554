// SPDX-License-Identifier: MIT
// A failed call of the operating system as one line for the user: what, where, why, and the way out.
#pragma once

#include <filesystem>
#include <string>

#include "storage/error.h"

namespace irmae::storage {

/// Throws Error "<what> <path>: <reason>; <way out>" for a failed call; `reason`: its errno. UnwritablePlace where the way out
/// is another place.
[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int reason);

/// Calls work(). Where that throws UnwritablePlace, throws it with this way out in place of the usual one.
template <class Work>
void with_way_out(const std::string& way_out, const Work& work) {
  try {
    work();
  } catch (const UnwritablePlace& error) {
    throw UnwritablePlace(error.failure(), way_out);
  }
}

/// Throws UnreadableFile "cannot read <path>: <reason>; <way out>" for what cannot be read now, and may be sound; `reason`: the
/// failed call's errno.
[[noreturn]] void fail_to_read(const std::filesystem::path& path, int reason);

/// Whether flock failed for this reason because the file system has no locks at all.
bool means_no_locks(int reason);

}  // namespace irmae::storage
