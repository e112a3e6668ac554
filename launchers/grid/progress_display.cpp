// SPDX-License-Identifier: MIT
#include "launchers/grid/progress_display.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "framework/counted.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/duration.h"
#include "storage/system/screen_size.h"
#include "storage/text/utf8.h"

namespace irmae::launchers {

namespace {

/// Under mpirun a rank's output is a pipe, or a terminal of mpirun's own making: what counts is where mpirun's output goes.
int find_terminal() {
  const std::string path = distributed::MpiSession::launched() ? fmt::format("/proc/{}/fd/1", getppid()) : "/dev/stdout";
  const int descriptor = open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC | O_APPEND | O_NONBLOCK);
  if (descriptor >= 0 && !isatty(descriptor)) {
    close(descriptor);
    return -1;
  }
  return descriptor;
}

/// What cannot be written, as when the terminal has gone, is lost: the training is worth more. The command's end says it.
void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace

ProgressDisplay::ProgressDisplay(std::size_t cells, double samples, bool quiet)
    : cells_(cells), left_(samples), quiet_(quiet), terminal_(quiet ? -1 : find_terminal()) {}

ProgressDisplay::~ProgressDisplay() {
  erase();
  std::fflush(stdout);
  if (terminal_ >= 0) close(terminal_);
}

std::string ProgressDisplay::left() const {
  const std::chrono::duration<double> spent = Clock::now() - start_;
  if (trained_ <= 0) return "";
  return fmt::format(", {} left", duration(left_ / std::max(trained_ / spent.count(), 1e-9)));
}

std::string ProgressDisplay::whole() const {
  const std::chrono::duration<double> spent = Clock::now() - start_;
  return fmt::format("{} of {}, {} being trained, {:.0f} samples/s{}", ended_, counted(cells_, "cell"), lines_.size(),
                     trained_ / std::max(spent.count(), 1e-9), left());
}

void ProgressDisplay::live(int team, const std::string& text, double samples) {
  trained_ += samples;
  left_ -= samples;
  if (text.empty()) return;  // samples to be counted, nothing to be said
  lines_[team] = text;
  most_teams_ = std::max(most_teams_, lines_.size());
  if (quiet_) return;
  const std::chrono::duration<double> silent = Clock::now() - shown_;
  if (terminal_ >= 0) {
    if (silent.count() >= 0.1) draw();
  } else if (silent.count() >= (most_teams_ > 1 ? 30 : 10)) {
    print((most_teams_ > 1 ? whole() : text + left()) + "\n");
    std::fflush(stdout);
    shown_ = Clock::now();
  }
}

void ProgressDisplay::say(const std::string& text, bool always) {
  if (quiet_ && !always) return;
  erase();
  print(storage::printable(text) + "\n");
  if (terminal_ >= 0) draw();
  std::fflush(stdout);
}

void ProgressDisplay::ends(int team, const std::string& text) {
  ++ended_;
  erase();
  lines_.erase(team);
  say(text);
}

void ProgressDisplay::erase() {
  for (; drawn_ > 0; --drawn_) print("\033[A\033[2K");
}

/// Each live line ends with a line break, so that whatever else is printed comes below.
void ProgressDisplay::draw() {
  erase();
  const storage::ScreenSize size = storage::screen_size(terminal_);
  const auto line = [&](const std::string& text) {
    print(fmt::format("\r{:.{}}\n", text, size.columns - 1));
    ++drawn_;
  };
  // What has left the screen above cannot be erased: two lines for the whole and for the cursor, and one for the rest of the
  // teams.
  const std::size_t room = size.rows - 2, shown = lines_.size() <= room ? lines_.size() : room - 1;
  auto team = lines_.begin();
  for (std::size_t i = 0; i < shown; ++i, ++team) line(most_teams_ > 1 ? team->second : team->second + left());
  if (shown < lines_.size()) line(fmt::format("... and {} more teams", lines_.size() - shown));
  if (most_teams_ > 1 && !lines_.empty()) line(whole());
  std::fflush(stdout);
  shown_ = Clock::now();
}

}  // namespace irmae::launchers
