// SPDX-License-Identifier: MIT
#include "storage/hdf5/crash_guard.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <ctime>
#include <memory>

namespace irmae::storage::hdf5 {

namespace {

#ifdef IRMAE_SANITIZED
constexpr bool kOn = false;  // sanitizers tell more
#else
constexpr bool kOn = true;
#endif

constexpr std::array kSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU};
constexpr std::size_t kStack = std::size_t{64} << 10;
constexpr time_t kPatience = 60;
constexpr std::uint64_t kBytesPerSecond = 10'000'000;

// Of this thread, and plain memory, since a signal's handler looks at it.
thread_local int depth = 0;
thread_local const char* file = nullptr;

// Of the thread that reads: HDF5 lets in one at a time.
std::array<struct sigaction, kSignals.size()> handlers_before;
stack_t stack_before;
timer_t timer;
bool has_timer = false;

void say(const char* text) {
  // Nothing can be done where standard error takes nothing.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
}

void end(int signal) {
  if (depth == 0) {
    // Another thread's: it comes again, and finds the handler that was there.
    for (std::size_t i = 0; i < kSignals.size(); ++i)
      if (kSignals[i] == signal) sigaction(signal, &handlers_before[i], nullptr);
    raise(signal);
    return;
  }
  say("irmae: ");
  say(file);
  say(signal == SIGXCPU ? ": the file is damaged: the HDF5 library finds no end in it\n"
                        : ": the file is damaged: the HDF5 library does not survive reading it\n");
  _exit(1);
}

void take_signals() {
  static const std::unique_ptr<char[]> own = std::make_unique<char[]>(kStack);  // the thread's may be used up
  stack_t stack{};
  stack.ss_sp = own.get();
  stack.ss_size = kStack;
  sigaltstack(&stack, &stack_before);
  struct sigaction action {};
  action.sa_handler = end;
  action.sa_flags = SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &handlers_before[i]);
}

void give_signals_back() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &handlers_before[i], nullptr);
  sigaltstack(&stack_before, nullptr);
}

void start_timer(std::uint64_t file_bytes) {
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = SIGXCPU;
  event._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
  has_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer) == 0;
  itimerspec time{};
  time.it_value.tv_sec = kPatience + static_cast<time_t>(file_bytes / kBytesPerSecond);
  if (has_timer) timer_settime(timer, 0, &time, nullptr);
}

}  // namespace

CrashGuard::CrashGuard(const std::filesystem::path& path, std::uint64_t file_bytes) {
  if (depth++ > 0 || !kOn) return;
  file = path.c_str();
  take_signals();
  start_timer(file_bytes);
}

CrashGuard::~CrashGuard() {
  if (--depth > 0 || !kOn) return;
  if (has_timer) timer_delete(timer);
  give_signals_back();
}

}  // namespace irmae::storage::hdf5
