// SPDX-License-Identifier: MIT
#include "tests/fuzz/mutate.h"

#include <algorithm>

namespace irmae::tests::fuzz {

namespace {

/// SplitMix64 of a counter (Steele, Lea, Flood 2014).
class Numbers {
 public:
  explicit Numbers(std::uint64_t key) : state_(key * 0x9E3779B97F4A7C15U) {}
  std::size_t below(std::size_t limit) {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    return limit == 0 ? 0 : static_cast<std::size_t>((z ^ (z >> 31)) % limit);
  }

 private:
  std::uint64_t state_;
};

}  // namespace

std::string mutated(const std::vector<std::string>& corpus, const std::vector<std::string>& words, std::uint64_t i) {
  Numbers random(i + 1);
  std::string text = corpus[random.below(corpus.size())];
  for (std::size_t changes = 1 + random.below(4); changes > 0; --changes) {
    const std::size_t place = random.below(text.size() + 1);
    const std::size_t length =
        std::min<std::size_t>(text.size() - place, random.below(4) ? 1 + random.below(16) : random.below(text.size() + 1));
    switch (random.below(9)) {
      case 0:
        if (place < text.size()) text[place] = static_cast<char>(text[place] ^ (1 << random.below(8)));
        break;
      case 1:
        if (place < text.size()) text[place] = static_cast<char>(random.below(256));
        break;
      case 2:
        text.insert(place, 1, static_cast<char>(random.below(256)));
        break;
      case 3:
        text.erase(place, length);
        break;
      case 4:
        text.insert(place, text.substr(random.below(text.size() + 1), length));
        break;
      case 5: {
        const std::string& other = corpus[random.below(corpus.size())];
        text.replace(place, length, other.substr(random.below(other.size() + 1), length));
        break;
      }
      case 6:
        if (!words.empty()) text.insert(place, words[random.below(words.size())]);
        break;
      case 7:
        text.replace(place, std::min<std::size_t>(length, 8), std::min<std::size_t>(length, 8),
                     random.below(2) ? '\xff' : '\0');
        break;
      default:
        if (random.below(8) == 0) text.resize(place);
    }
    if (text.size() > (1 << 16)) text.resize(1 << 16);
  }
  return text;
}

}  // namespace irmae::tests::fuzz
