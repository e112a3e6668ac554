// SPDX-License-Identifier: MIT
#include "framework/distributed/communicator.h"

#include <fmt/format.h>

#include <cstring>
#include <exception>

#include "storage/sha256.h"

namespace irmae::distributed {

namespace {

class Done final : public Work {
  void wait() override {}
};

class Single final : public Communicator {
 public:
  std::string name() const override { return "none"; }
  std::shared_ptr<Work> all_reduce(const torch::Tensor&, std::string) override { return std::make_shared<Done>(); }
  void broadcast(const torch::Tensor&, std::string) override {}
  torch::Tensor gather_rows(const torch::Tensor& rows, std::string) override { return rows; }
};

}  // namespace

std::unique_ptr<Communicator> make_single() { return std::make_unique<Single>(); }

bool Communicator::any(bool mine, std::string what) {
  torch::Tensor votes = torch::full({1}, mine ? 1 : 0, torch::kInt64);
  sum(votes, std::move(what));
  return votes.item<std::int64_t>() > 0;
}

void Communicator::on_root(const std::function<void()>& work, std::string what) {
  std::string text;
  // 0: success; otherwise the length of the message plus one, negative for wrong use.
  torch::Tensor outcome = torch::zeros({1}, torch::kInt64);
  if (root()) {
    try {
      work();
    } catch (const std::exception& error) {
      text = message_of(error);
      const bool usage = dynamic_cast<const UsageError*>(&error) != nullptr;
      if (size() > 1 && !usage) text = fmt::format("rank {}, {}: {}", rank(), what, text);
      outcome[0] = static_cast<std::int64_t>(text.size() + 1) * (usage ? -1 : 1);
    }
  }
  broadcast(outcome, what);
  const auto length = outcome.item<std::int64_t>();
  if (length == 0) return;
  torch::Tensor bytes = torch::zeros({std::abs(length)}, torch::kUInt8);
  if (root()) std::memcpy(bytes.data_ptr(), text.data(), text.size());
  broadcast(bytes, what);
  throw SharedError(std::string(static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(std::abs(length) - 1)),
                    length < 0);
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

}  // namespace irmae::distributed
