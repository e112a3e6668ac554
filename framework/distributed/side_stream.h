// SPDX-License-Identifier: MIT
// A second queue of work for a device: what is started there fills whatever the first one leaves idle.
#pragma once

#include <functional>

namespace irmae::distributed {

class SideStream {
 public:
  virtual ~SideStream() = default;
  /// Calls `work`, whose operations go to the second stream, after all that the current one has been given.
  virtual void start(const std::function<void()>& work) = 0;
  /// Makes all that the current stream is given from now on come after all that was started.
  virtual void join() = 0;
};

}  // namespace irmae::distributed
