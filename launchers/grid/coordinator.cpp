// SPDX-License-Identifier: MIT
#include "launchers/grid/coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "launchers/exit_status.h"

namespace irmae::launchers {

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string rest_of(std::istringstream& words) {
  std::string text;
  words.get();  // the blank
  std::getline(words, text, '\0');
  return text;
}

}  // namespace

std::string Coordinator::line(std::size_t number, const manifest::Cell& cell, const std::string& text) const {
  return fmt::format("[{}/{}] {}  {}", number, plan_.cells.size(), cell.name, text);
}

void Coordinator::complete_before(const manifest::Cell& cell) {
  ++tally_.complete;
  display_.ends(-1, line(display_.number(), cell, "complete before"));
}

void Coordinator::left_out(const manifest::Cell& cell, const std::string& reason) {
  display_.ends(-1, line(display_.number(), cell, "left out: " + reason));
  failed(cell, reason);
}

void Coordinator::failed(const manifest::Cell& cell, const std::string& reason) {
  tally_.failures.push_back(fmt::format("{}: {}", cell.name, reason));
  if (fail_fast_) gave_up_ = true, halt();
}

std::string Coordinator::answer(const std::string& question) {
  std::istringstream words(question);
  std::string verb;
  int first = 0, ranks = 0;
  words >> verb >> first >> ranks;
  if (verb == "next") return next(first, ranks);
  if (verb == "live") {
    double samples = 0;
    words >> samples;
    done_[first] += samples;
    display_.live(first, rest_of(words), samples);
  } else if (verb == "spare") {
    double samples = 0;
    words >> samples;
    done_[first] += samples;
    display_.spare(samples);
  } else if (verb == "say") {
    display_.say(rest_of(words), true);
  } else if (verb == "ends") {
    ends(first, ranks, words);
  } else if (verb == "stopped") {
    // With no cell left, the signal came too late to cut anything off; cells that are at work say so themselves.
    schedule_.is_empty() ? halt() : stopped();
  }
  return halted_ ? "halt" : "";
}

std::string Coordinator::next(int first, int ranks) {
  const Schedule::Order order = schedule_.next(ranks);
  switch (order.kind) {
    case Schedule::Order::Kind::train:
      rank_time_.starts(first, ranks, now());
      at_work_.insert(first);
      done_[first] = 0;
      tally_.teams = std::max(tally_.teams, static_cast<int>(at_work_.size()));
      return fmt::format("train {} {}", order.cell, display_.number());
    case Schedule::Order::Kind::split:
      return fmt::format("split {}", order.ranks);
    case Schedule::Order::Kind::end:
      break;
  }
  return "end";
}

void Coordinator::ends(int first, int ranks, std::istringstream& words) {
  std::size_t index = 0, number = 0;
  std::string outcome;
  words >> index >> outcome >> number;
  const std::string text = rest_of(words);
  const manifest::Cell& cell = plan_.cells[index];
  rank_time_.ends(first, ranks, now());
  at_work_.erase(first);
  if (outcome == "busy") {
    display_.spare(samples_[index] - done_[first]);
    display_.ends(first, line(number, cell, text));
    tally_.taken_elsewhere.push_back({index, text});
    return;
  }
  if (outcome == "failed" || outcome == "misused") {
    display_.spare(samples_[index] - done_[first]);
    display_.ends(first, line(number, cell, "failed"));
    report(text);
    const std::string own = fmt::format("cell {}: ", cell.name), reason = text.substr(0, text.find('\n'));
    if (outcome == "misused") tally_.usage = true;
    return failed(cell, reason.starts_with(own) ? reason.substr(own.size()) : reason);
  }
  if (outcome == "trained") ++tally_.trained;
  if (outcome == "complete") {
    ++tally_.complete;
    display_.spare(samples_[index]);
  }
  if (outcome == "stopped") stopped();
  display_.ends(first, line(number, cell, text));
}

void Coordinator::stopped() {
  // Teams that stop because they are told to, after a failure with --fail-fast, got no signal.
  if (!gave_up_) tally_.stopped = true;
  halt();
}

void Coordinator::halt() {
  halted_ = true;
  schedule_.close();
}

Tally Coordinator::tally() const {
  Tally tally = tally_;
  tally.idle = rank_time_.idle();
  tally.seconds = rank_time_.span();
  return tally;
}

}  // namespace irmae::launchers
