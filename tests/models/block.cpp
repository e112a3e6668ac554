// SPDX-License-Identifier: MIT
#include "tests/models/block.h"

#include <ucontext.h>
#include <csetjmp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define IRMAE_JUMPS  // between stacks, without the system calls of swapcontext; sanitizers want to know of each change
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
#if defined(IRMAE_JUMPS)
    std::jmp_buf place;
    bool left = false;  ///< its place is known
#endif
  };

  static void go(Fiber& from, Fiber& to) {
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to.sanitizer, 0);
#endif
#if defined(IRMAE_JUMPS)
    from.left = true;
    if (_setjmp(from.place) != 0) return;
    if (to.left) _longjmp(to.place, 1);
#endif
    swapcontext(&from.context, &to.context);
  }

  /// At the beginning of start(), on its own stack.
  void renew(Fiber& fiber) {
#if defined(__SANITIZE_THREAD__)
    if (fiber.sanitizer) __tsan_destroy_fiber(fiber.sanitizer);  // its calls never returned
    fiber.sanitizer = __tsan_create_fiber(0);
#endif
#if defined(IRMAE_JUMPS)
    fiber.left = false;
#endif
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = Fiber::kStack;
    fiber.context.uc_link = nullptr;
    // makecontext's functions take numbers only. Nothing here may be of the system's thread: the next body may run in another.
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&fiber.context, reinterpret_cast<void (*)()>(&State::start), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
  }

  Fiber home;
  std::vector<Fiber> fibers;
  std::size_t now = 0;
  const std::function<void(int)>* body = nullptr;
  std::exception_ptr error;

  /// Of a fiber: one body after the other.
  static void start(unsigned high, unsigned low) {
    State& state = *reinterpret_cast<State*>(std::uintptr_t{high} << 32 | low);
    while (true) {
      try {
        (*state.body)(static_cast<int>(state.now));
      } catch (...) {
        state.error = std::current_exception();
      }
      Fiber& ended = state.fibers[state.now];
      ended.ended = true;
      go(ended, state.home);
    }
  }

  bool in_the_middle = true;  ///< of bodies that are gone, or before the first ones
};

Block::Block(int threads) : state_(std::make_unique<State>()) { state_->fibers.resize(static_cast<std::size_t>(threads)); }
Block::~Block() = default;

void Block::run(const std::function<void(int)>& body, const std::function<void()>& when_met) {
  State& state = *state_;
  state.body = &body;
  state.error = nullptr;
#if defined(__SANITIZE_THREAD__)
  state.home.sanitizer = __tsan_get_current_fiber();
#endif
  if (std::exchange(state.in_the_middle, true))
    std::ranges::for_each(state.fibers, [&](State::Fiber& fiber) { state.renew(fiber); });
  for (State::Fiber& fiber : state.fibers) fiber.ended = false;
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
    if (!all) continue;
    state.in_the_middle = false;
    return;
  }
}

void Block::meet() { State::go(state_->fibers[state_->now], state_->home); }

}  // namespace irmae::tests
