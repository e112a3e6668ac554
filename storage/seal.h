// SPDX-License-Identifier: MIT
// A file's last line, "irmae-seal-1 <SHA-256>": whether it is still the file that was written. The HDF5 library hangs or
// crashes on some damaged files; a damaged file of irmae's therefore hardly ever reaches it. Other readers ignore what follows
// an HDF5 file's end. It is no signature: whoever changes a file may seal it again.
//
// The hash is of the length and of all bytes; of a large file of its first and last two MiB, so that a table of a hundred runs
// does not read all their latents first.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace irmae::storage {

inline constexpr std::size_t kSealLength = 78;

/// The seal of these bytes: a line of kSealLength bytes, its end of line among them, to stand behind these.
std::string seal_of(std::string_view bytes);

/// Whether a file ends in its seal; false for one without a seal: an older irmae or another program has written it last. Throws
/// Error where the file ends in a seal that is not its own.
bool check_seal(const std::filesystem::path& path);

/// Whether there is a line of a seal at the file's end: it was written to its end and not cut short. Reads that line alone.
bool ends_in_seal(const std::filesystem::path& path);

/// Checks the seals of many files side by side, so that opening them one after the other afterwards is quick. Throws nothing.
void check_seals_ahead(const std::vector<std::filesystem::path>& files);

}  // namespace irmae::storage
