// SPDX-License-Identifier: MIT
// A failed call of the operating system as one line for the user: what, where, why, and the way out.
#pragma once

#include <filesystem>

namespace irmae::storage {

/// Throws Error "<what> <path>: <reason>; <way out>" for a failed call; `reason`: its errno.
[[noreturn]] void fail(const char* what, const std::filesystem::path& path, int reason);

/// Throws UnreadableFile "cannot read <path>: <reason>; <way out>" for what cannot be read now, and may be sound; `reason`: the
/// failed call's errno.
[[noreturn]] void fail_to_read(const std::filesystem::path& path, int reason);

/// Whether flock failed for this reason because the file system has no locks at all.
bool means_no_locks(int reason);

}  // namespace irmae::storage
