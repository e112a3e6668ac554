// SPDX-License-Identifier: MIT
// The threads of one block of a GPU, taking turns on one thread of the machine.
#pragma once

#include <functional>
#include <memory>

namespace irmae::tests {

class Block {
 public:
  explicit Block(int threads);
  ~Block();

  /// body(i) for each thread i. The threads take turns: each goes on until it meets the others or ends. when_met is called
  /// each time that all of them have, and when all have ended; then the turns go round the other way: what a kernel computes
  /// without a barrier that it needs differs. Throws what a body threw; std::logic_error where some threads wait for others
  /// that have ended.
  void run(const std::function<void(int)>& body, const std::function<void()>& when_met);
  /// From inside a body: the others catch up here.
  void meet();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace irmae::tests
