// SPDX-License-Identifier: MIT
#include "framework/distributed/communicator.h"

#include <fmt/format.h>

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

/// What `pass` makes of the text as a tensor of `length` bytes, padded with zeros.
std::string passed_on(const std::string& text, std::int64_t length, const std::function<void(const torch::Tensor&)>& pass) {
  const torch::Tensor bytes = torch::zeros({length}, torch::kUInt8);
  std::memcpy(bytes.data_ptr(), text.data(), text.size());
  pass(bytes);
  return {static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(length)};
}

}  // namespace

std::unique_ptr<Communicator> make_single(int world_rank) { return std::make_unique<Single>(world_rank); }

bool Communicator::any(bool mine, std::string what) {
  torch::Tensor votes = torch::full({1}, mine ? 1 : 0, torch::kInt64);
  sum(votes, std::move(what));
  return votes.item<std::int64_t>() > 0;
}

void Communicator::on_root(const std::function<void()>& work, std::string what) {
  std::string text;
  // Length of the message plus one, 0 after success, and the kind of the failure.
  torch::Tensor outcome = torch::zeros({2}, torch::kInt64);
  if (root()) {
    try {
      work();
    } catch (const std::exception& error) {
      text = message_of(error);
      const Failure kind = kind_of(error);
      if (size() > 1 && kind == Failure::work) text = fmt::format("rank {}, {}: {}", world_rank(), what, text);
      outcome[0] = static_cast<std::int64_t>(text.size() + 1);
      outcome[1] = static_cast<std::int64_t>(kind);
    }
  }
  broadcast(outcome, what);
  const auto length = outcome[0].item<std::int64_t>();
  if (length == 0) return;
  std::string said = passed_on(text, length, [&](const torch::Tensor& bytes) { broadcast(bytes, what); });
  said.pop_back();
  throw SharedError(said, static_cast<Failure>(outcome[1].item<std::int64_t>()));
}

void Communicator::share_failure(const std::exception_ptr& failure, const std::string& what) {
  std::string text;
  // Of each rank its row, as above; the others' are zeros, so that one sum shows all to all.
  torch::Tensor outcomes = torch::zeros({size(), 2}, torch::kInt64);
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    text = message_of(error);
    outcomes[rank()][0] = static_cast<std::int64_t>(text.size() + 1);
    outcomes[rank()][1] = static_cast<std::int64_t>(kind_of(error));
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

std::vector<std::string> Communicator::all_gather(const std::string& text, std::string what) {
  // Rows of zeros, as above, once all know how long they have to be.
  torch::Tensor lengths = torch::zeros({size()}, torch::kInt64);
  lengths[rank()] = static_cast<std::int64_t>(text.size());
  sum(lengths, what);
  torch::Tensor rows = torch::zeros({size(), lengths.max().item<std::int64_t>()}, torch::kUInt8);
  if (!text.empty()) std::memcpy(rows[rank()].data_ptr(), text.data(), text.size());
  if (rows.numel() > 0) sum(rows, std::move(what));
  std::vector<std::string> texts;
  for (int other = 0; other < size(); ++other)
    texts.emplace_back(static_cast<const char*>(rows[other].data_ptr()),
                       static_cast<std::size_t>(lengths[other].item<std::int64_t>()));
  return texts;
}

}  // namespace irmae::distributed
