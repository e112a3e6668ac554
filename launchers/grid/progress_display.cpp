// SPDX-License-Identifier: MIT
#include "launchers/grid/progress_display.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "framework/counted.h"
#include "framework/distributed/mpi_communicator.h"
#include "framework/duration.h"

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

std::size_t width(int terminal) {
  winsize size{};
  return ioctl(terminal, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

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
    fmt::print("{}\n", most_teams_ > 1 ? whole() : text + left());
    std::fflush(stdout);
    shown_ = Clock::now();
  }
}

void ProgressDisplay::say(const std::string& text, bool always) {
  if (quiet_ && !always) return;
  erase();
  fmt::print("{}\n", text);
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
  for (; drawn_ > 0; --drawn_) fmt::print("\033[A\033[2K");
}

/// Each live line ends with a line break, so that whatever else is printed comes below.
void ProgressDisplay::draw() {
  erase();
  const std::size_t columns = width(terminal_) - 1;
  const auto line = [&](const std::string& text) {
    fmt::print("\r{:.{}}\n", text, columns);
    ++drawn_;
  };
  for (const auto& [team, text] : lines_) line(most_teams_ > 1 ? text : text + left());
  if (most_teams_ > 1 && !lines_.empty()) line(whole());
  std::fflush(stdout);
  shown_ = Clock::now();
}

}  // namespace irmae::launchers
