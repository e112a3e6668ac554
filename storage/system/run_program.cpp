// SPDX-License-Identifier: MIT
#include "storage/system/run_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include "storage/system/file_descriptor.h"
#include "storage/text/first_line.h"

extern char** environ;

namespace irmae::storage {

namespace {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

bool is_over(const Deadline& deadline) { return deadline && Clock::now() >= *deadline; }

/// As poll takes it: milliseconds, -1 for ever.
int time_left(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

struct Pipe {
  FileDescriptor read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw Error(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// Reads both pipes until the program has closed them; in turns, since it may fill either. False where time is over before.
bool read_both(const Pipe& first, std::string& output, const Pipe& second, std::string& errors, const Deadline& deadline) {
  std::array<pollfd, 2> waiting{{{first.read.get(), POLLIN, 0}, {second.read.get(), POLLIN, 0}}};
  const std::array<std::string*, 2> texts{&output, &errors};
  std::array<char, 65536> buffer;
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    if (is_over(deadline)) return false;
    const int ready = poll(waiting.data(), waiting.size(), time_left(deadline));
    if (ready < 0 && errno != EINTR) return true;
    if (ready <= 0) continue;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      const ssize_t count = read(waiting[i].fd, buffer.data(), buffer.size());
      if (count > 0)
        texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
      else if (count == 0 || errno != EINTR)
        waiting[i].fd = -1;
    }
  }
  return true;
}

/// The variables of this program's environment but those that are left out, with a null pointer behind them.
std::vector<char*> environment_of(const Inherited& inherited) {
  std::vector<char*> variables;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    if (!inherited.leave_out || !inherited.leave_out(text.substr(0, text.find('=')))) variables.push_back(*variable);
  }
  variables.push_back(nullptr);
  return variables;
}

pid_t start(const std::vector<std::string>& words, const Pipe& output, const Pipe& errors, bool group,
            const Inherited& inherited) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output.write.get(), STDOUT_FILENO);
  if (!inherited.standard_error) posix_spawn_file_actions_adddup2(&actions, errors.write.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  if (group) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  std::vector<char*> environment = environment_of(inherited);
  pid_t child = 0;
  const int reason = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (reason == ENOENT) throw NoSuchProgram(fmt::format("there is no program {} in PATH", words[0]));
  if (reason != 0) throw Error(fmt::format("cannot start {}: {}", words[0], std::strerror(reason)));
  return child;
}

/// Waits for the program's end, which may come later than that of its output. False where it does not come in time. Throws
/// Error where the system does not tell of it, as in a process that ignores SIGCHLD.
bool has_ended(pid_t child, int& status, const Deadline& deadline) {
  for (;;) {
    const pid_t ended = waitpid(child, &status, deadline ? WNOHANG : 0);
    if (ended == child) return true;
    if (ended < 0 && errno != EINTR)
      throw Error(fmt::format("how process {} ended is not known: {}; is SIGCHLD ignored?", child, std::strerror(errno)));
    if (is_over(deadline)) return false;
    if (ended == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

std::string complaint_of(const Finished& finished) {
  const std::string line = first_line(finished.errors);
  return line.empty() ? fmt::format("exit status {}", finished.status) : line;
}

Finished run_program(const std::vector<std::string>& words, std::optional<std::chrono::milliseconds> limit,
                     const Inherited& inherited) {
  const Deadline deadline = limit ? Deadline(Clock::now() + *limit) : std::nullopt;
  Pipe output = make_pipe(), errors = make_pipe();
  // With a limit in a process group of its own: what it has started is to end with it.
  const pid_t child = start(words, output, errors, limit.has_value(), inherited);
  output.write.close();
  errors.write.close();
  Finished finished;
  int status = 0;
  finished.in_time =
      read_both(output, finished.output, errors, finished.errors, deadline) && has_ended(child, status, deadline);
  if (!finished.in_time) {
    kill(-child, SIGKILL);  // a TERM may be slept through
    has_ended(child, status, {});
  }
  finished.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return finished;
}

}  // namespace irmae::storage
