// SPDX-License-Identifier: MIT
// How much memory is left on the device that this process uses, for those who can do with less.
#pragma once

#include <cstddef>
#include <optional>

namespace irmae {

/// Bytes that nobody has, neither another process nor what LibTorch keeps here for later. Nothing: nobody can tell.
std::optional<std::size_t> free_device_memory();

/// Has `tell` tell them from now on; null: nobody can. Any thread may call it.
void tell_free_device_memory_by(std::size_t (*tell)());

}  // namespace irmae
