// SPDX-License-Identifier: MIT
#include "tests/models/block.h"

#include <ucontext.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <memory>
#include <stdexcept>
#include <vector>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace irmae::tests {

struct Block::State {
  /// A context and what the thread sanitizer must know of it.
  struct Fiber {
    ucontext_t context{};
    static constexpr std::size_t kStack = std::size_t{256} * 1024;  // bytes, of which few are ever touched
    std::unique_ptr<std::byte[]> stack = std::make_unique_for_overwrite<std::byte[]>(kStack);
    bool ended = false;
#if defined(__SANITIZE_THREAD__)
    void* sanitizer = nullptr;
#endif
  };

  static void go(Fiber& from, Fiber& to) {
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.sanitizer, 0);
#endif
    swapcontext(&from.context, &to.context);
  }

  Fiber home;
  std::vector<Fiber> fibers;
  std::size_t now = 0;
  const std::function<void(int)>* body = nullptr;
  std::exception_ptr error;

  static thread_local State* current;  // makecontext's functions take no pointer

  static void start() {
    State& state = *current;
    try {
      (*state.body)(static_cast<int>(state.now));
    } catch (...) {
      state.error = std::current_exception();
    }
    Fiber& ended = state.fibers[state.now];
    ended.ended = true;
    go(ended, state.home);
  }
};

thread_local Block::State* Block::State::current = nullptr;

Block::Block(int threads) : state_(std::make_unique<State>()) { state_->fibers.resize(static_cast<std::size_t>(threads)); }
Block::~Block() = default;

void Block::run(const std::function<void(int)>& body, const std::function<void()>& when_met) {
  State& state = *state_;
  State::current = &state;
  state.body = &body;
  state.error = nullptr;
#if defined(__SANITIZE_THREAD__)
  state.home.sanitizer = __tsan_get_current_fiber();
#endif
  for (State::Fiber& fiber : state.fibers) {
    fiber.ended = false;
#if defined(__SANITIZE_THREAD__)
    if (fiber.sanitizer) __tsan_destroy_fiber(fiber.sanitizer);  // its calls never returned
    fiber.sanitizer = __tsan_create_fiber(0);
#endif
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = State::Fiber::kStack;
    fiber.context.uc_link = nullptr;
    makecontext(&fiber.context, &State::start, 0);
  }
  for (bool backwards = false;; backwards = !backwards) {
    for (std::size_t turn = 0; turn < state.fibers.size() && !state.error; ++turn) {
      state.now = backwards ? state.fibers.size() - 1 - turn : turn;
      State::go(state.home, state.fibers[state.now]);
    }
    if (state.error) std::rethrow_exception(state.error);
    const auto ended = std::ranges::count_if(state.fibers, &State::Fiber::ended);
    const bool all = ended == std::ssize(state.fibers);
    if (ended != 0 && !all) throw std::logic_error("some threads of a block wait for others that have ended");
    when_met();
    if (all) return;
  }
}

void Block::meet() { State::go(state_->fibers[state_->now], state_->home); }

}  // namespace irmae::tests
