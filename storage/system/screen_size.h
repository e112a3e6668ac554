// SPDX-License-Identifier: MIT
#pragma once

#include <sys/ioctl.h>

#include <cstddef>

namespace irmae::storage {

struct ScreenSize {
  std::size_t rows, columns;
};

/// The size of the terminal that this descriptor is open on. 24 rows or 80 columns where it does not say, or has too few to
/// draw on.
inline ScreenSize screen_size(int terminal) {
  winsize size{};
  if (ioctl(terminal, TIOCGWINSZ, &size) != 0) size = {};
  return {size.ws_row > 3 ? size.ws_row : std::size_t{24}, size.ws_col > 20 ? size.ws_col : std::size_t{80}};
}

}  // namespace irmae::storage
