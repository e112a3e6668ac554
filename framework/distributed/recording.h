// SPDX-License-Identifier: MIT
// A fixed sequence of device operations, recorded once and repeated without the host's work for each of them: a CUDA graph.
#pragma once

#include <functional>

namespace irmae::distributed {

class Recording {
 public:
  virtual ~Recording() = default;
  /// Records what `work` gives to the current stream, here and in backward passes; nothing of it is executed. `work` has run
  /// before, so that libraries have made what they make at first use. Throws when an operation needs the host.
  virtual void record(const std::function<void()>& work) = 0;
  /// Executes the recorded operations on the current stream, on the same tensors.
  virtual void replay() = 0;
};

}  // namespace irmae::distributed
