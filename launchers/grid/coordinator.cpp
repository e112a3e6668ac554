// SPDX-License-Identifier: MIT
#include "launchers/grid/coordinator.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "launchers/exit_status.h"

namespace irmae::launchers {

namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

std::string Coordinator::line(std::size_t number, const manifest::Cell& cell, const std::string& text) const {
  return fmt::format("[{}/{}] {}  {}", number, plan_.cells.size(), cell.name, text);
}

void Coordinator::complete_before(const manifest::Cell& cell) {
  ++tally_.complete;
  display_.ends(-1, line(display_.number(), cell, "complete before"));
}

void Coordinator::left_out(const manifest::Cell& cell, const std::string& reason, Failure kind) {
  if (kind == Failure::use) tally_.usage = true;
  display_.ends(-1, line(display_.number(), cell, "left out: " + reason));
  failed(cell);
}

void Coordinator::failed(const manifest::Cell& cell) {
  tally_.failures.push_back(cell.name);
  if (fail_fast_) gave_up_ = true, halt();
}

std::string Coordinator::answer(const std::string& question_text) {
  const auto question = message::question_from_text(question_text);
  if (!question) return "";
  return to_text(std::visit([&](const auto& what) { return answer_to(question->team, what); }, question->what));
}

message::Answer Coordinator::go_on() const {
  if (halted_) return message::Halt{};
  return message::GoOn{};
}

message::Answer Coordinator::answer_to(message::TeamRanks team, const message::NextCell&) {
  message::Answer answer = schedule_.next(team.count);
  if (auto* train = std::get_if<message::Train>(&answer)) {
    rank_time_.starts(team.first, team.count, now());
    at_work_.insert(team.first);
    done_[team.first] = 0;
    tally_.teams = std::max(tally_.teams, static_cast<int>(at_work_.size()));
    train->number = display_.number();
  }
  return answer;
}

message::Answer Coordinator::answer_to(message::TeamRanks team, const message::Live& live) {
  done_[team.first] += live.samples;
  display_.live(team.first, live.line, live.samples);
  return go_on();
}

message::Answer Coordinator::answer_to(message::TeamRanks team, const message::TrainedBefore& before) {
  done_[team.first] += before.samples;
  display_.take_off(before.samples);
  return go_on();
}

message::Answer Coordinator::answer_to(message::TeamRanks /*team*/, const message::Say& say) {
  display_.say(say.line, true);
  return go_on();
}

message::Answer Coordinator::answer_to(message::TeamRanks team, const message::CellEnds& ends) {
  using message::Outcome;
  const manifest::Cell& cell = plan_.cells[ends.cell];
  rank_time_.ends(team.first, team.count, now());
  at_work_.erase(team.first);
  const double not_trained = samples_[ends.cell] - done_[team.first];
  switch (ends.outcome) {
    case Outcome::trained:
      ++tally_.trained;
      break;
    case Outcome::complete_before:
      ++tally_.complete;
      display_.take_off(samples_[ends.cell]);
      break;
    case Outcome::stopped:
      stopped();
      break;
    case Outcome::taken_elsewhere:
      display_.take_off(not_trained);
      tally_.taken_elsewhere.push_back({ends.cell, ends.text});
      break;
    case Outcome::misused:
      tally_.usage = true;
      [[fallthrough]];
    case Outcome::failed:
      display_.take_off(not_trained);
      display_.ends(team.first, line(ends.number, cell, "failed"));
      const std::string own = fmt::format("cell {}: ", cell.name);
      report(plan_.cells.size() == 1 || ends.text.starts_with(own) ? ends.text : own + ends.text);
      failed(cell);
      return go_on();
  }
  display_.ends(team.first, line(ends.number, cell, ends.text));
  return go_on();
}

message::Answer Coordinator::answer_to(message::TeamRanks /*team*/, const message::Stopped&) {
  // With no cell left, the signal came too late to cut anything off; cells that are at work say so themselves.
  schedule_.is_empty() ? halt() : stopped();
  return go_on();
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
