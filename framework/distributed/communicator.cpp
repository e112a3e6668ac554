// SPDX-License-Identifier: MIT
#include "framework/distributed/communicator.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>

#include "storage/system/sha256.h"

namespace irmae::distributed {

namespace {

class Done final : public Work {
  void wait() override {}
};

class Single final : public Communicator {
 public:
  explicit Single(int world_rank) { world_rank_ = world_rank; }

  std::string name() const override { return "none"; }
  std::shared_ptr<Work> all_reduce(const torch::Tensor&, std::string) override { return std::make_shared<Done>(); }
  void broadcast(const torch::Tensor&, std::string) override {}
  torch::Tensor gather_rows(const torch::Tensor& rows, std::string) override { return rows; }
};

torch::Tensor in_the_same_memory(std::span<std::int64_t> numbers) {
  return torch::from_blob(numbers.data(), {std::ssize(numbers)}, torch::kInt64);
}

/// What `pass` makes of the text as a tensor of `length` bytes, padded with zeros.
std::string passed_on(const std::string& text, std::int64_t length, const std::function<void(const torch::Tensor&)>& pass) {
  const torch::Tensor bytes = torch::zeros({length}, torch::kUInt8);
  std::memcpy(bytes.data_ptr(), text.data(), text.size());
  pass(bytes);
  return {static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(length)};
}

/// What a rank tells the others of a failure.
struct Told {
  std::string text;
  Failure kind = Failure::work;
};

/// Of whatever was thrown: the others wait for word of it.
Told told_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return {message_of(error), kind_of(error)};
  } catch (...) {
    return {"was left by an exception that is no error; this is a mistake in irmae"};
  }
}

}  // namespace

std::unique_ptr<Communicator> make_single(int world_rank) { return std::make_unique<Single>(world_rank); }

void Communicator::sum(std::span<std::int64_t> numbers, std::string what) { sum(in_the_same_memory(numbers), std::move(what)); }

void Communicator::broadcast(std::span<std::int64_t> numbers, std::string what) {
  broadcast(in_the_same_memory(numbers), std::move(what));
}

bool Communicator::any(bool mine, std::string what) {
  std::int64_t votes = mine ? 1 : 0;
  sum({&votes, 1}, std::move(what));
  return votes > 0;
}

void Communicator::on_root(const std::function<void()>& work, std::string what) {
  std::string text;
  // Length of the message plus one, 0 after success, and the kind of the failure.
  std::array<std::int64_t, 2> outcome{};
  if (root()) {
    try {
      work();
    } catch (...) {
      const Told told = told_of(std::current_exception());
      text = told.text;
      if (size() > 1 && told.kind == Failure::work) text = fmt::format("rank {}, {}: {}", world_rank(), what, text);
      outcome = {std::ssize(text) + 1, static_cast<std::int64_t>(told.kind)};
    }
  }
  broadcast(outcome, what);
  if (outcome[0] == 0) return;
  std::string said = passed_on(text, outcome[0], [&](const torch::Tensor& bytes) { broadcast(bytes, what); });
  said.pop_back();
  throw SharedError(said, static_cast<Failure>(outcome[1]));
}

void Communicator::share_failure(const std::exception_ptr& failure, const std::string& what) {
  std::string text;
  // Of each rank its row, as above; the others' are zeros, so that one sum shows all to all.
  torch::Tensor outcomes = torch::zeros({size(), 2}, torch::kInt64);
  if (failure) {
    const Told told = told_of(failure);
    text = told.text;
    outcomes[rank()][0] = static_cast<std::int64_t>(text.size() + 1);
    outcomes[rank()][1] = static_cast<std::int64_t>(told.kind);
  }
  sum(outcomes, what);
  const torch::Tensor failed = outcomes.select(1, 0).nonzero();
  if (failed.size(0) == 0) return;
  const auto first = failed[0].item<std::int64_t>();
  std::string said = passed_on(rank() == first ? text : "", outcomes[first][0].item<std::int64_t>(),
                               [&](const torch::Tensor& bytes) { sum(bytes, what); });
  said.pop_back();
  if (failed.size(0) < size()) said = fmt::format("rank {}, {}: {}", world_rank(static_cast<int>(first)), what, said);
  throw SharedError(said, static_cast<Failure>(outcomes[first][1].item<std::int64_t>()));
}

int Communicator::first_different(const std::string& text, std::string what) {
  // Each rank fills its own row of zeros, so that one sum shows everybody's hash to everybody.
  const std::string hash = storage::sha256(text);
  torch::Tensor hashes = torch::zeros({size(), static_cast<std::int64_t>(hash.size())}, torch::kUInt8);
  std::memcpy(hashes[rank()].data_ptr(), hash.data(), hash.size());
  sum(hashes, std::move(what));
  for (int other = 1; other < size(); ++other)
    if (!torch::equal(hashes[other], hashes[0])) return other;
  return -1;
}

std::vector<std::int64_t> Communicator::all_gather(std::int64_t mine, std::string what) {
  std::vector<std::int64_t> all(static_cast<std::size_t>(size()));
  all[static_cast<std::size_t>(rank())] = mine;
  sum(all, std::move(what));
  return all;
}

std::vector<std::string> Communicator::all_gather(const std::string& text, std::string what) {
  // Rows of zeros, as above, once all know how long they have to be.
  const std::vector<std::int64_t> lengths = all_gather(std::ssize(text), what);
  torch::Tensor rows = torch::zeros({size(), std::ranges::max(lengths)}, torch::kUInt8);
  if (!text.empty()) std::memcpy(rows[rank()].data_ptr(), text.data(), text.size());
  if (rows.numel() > 0) sum(rows, std::move(what));
  std::vector<std::string> texts;
  for (int other = 0; other < size(); ++other)
    texts.emplace_back(static_cast<const char*>(rows[other].data_ptr()),
                       static_cast<std::size_t>(lengths[static_cast<std::size_t>(other)]));
  return texts;
}

}  // namespace irmae::distributed
