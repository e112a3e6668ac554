// SPDX-License-Identifier: MIT
#include "storage/formats/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <set>
#include <stdexcept>

#include "storage/system/files.h"
#include "storage/text/json_text.h"

namespace irmae::storage {

static_assert(std::endian::native == std::endian::little, "the values are copied as they lie in memory");

namespace {

const char* type_of(const NamedArray& array) {
  constexpr const char* kNames[] = {"F32", "F64", "I64", "U8"};
  return kNames[array.values.index()];
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const std::vector<NamedArray>& arrays,
                       const std::vector<std::pair<std::string, std::string>>& metadata) {
  // Wide types first, so that without gaps each array lies at a multiple of its type's size.
  constexpr int kPlace[] = {1, 0, 0, 2};
  std::vector<const NamedArray*> order;
  for (const NamedArray& array : arrays) order.push_back(&array);
  std::stable_sort(order.begin(), order.end(), [&](const NamedArray* a, const NamedArray* b) {
    return kPlace[a->values.index()] < kPlace[b->values.index()];
  });

  std::vector<std::string> entries, notes;
  for (const auto& [name, text] : metadata) notes.push_back(json_text(name) + ":" + json_text(text));
  if (!notes.empty()) entries.push_back(fmt::format("\"__metadata__\":{{{}}}", fmt::join(notes, ",")));
  std::set<std::string> names{"__metadata__"};
  std::size_t offset = 0;
  for (const NamedArray* array : order) {
    if (!names.insert(array->name).second) throw std::logic_error("two arrays of the name '" + array->name + "'");
    const std::size_t end = offset + bytes_of(*array).size();
    entries.push_back(fmt::format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", json_text(array->name),
                                  type_of(*array), fmt::join(array->shape, ","), offset, end));
    offset = end;
  }
  std::string header = fmt::format("{{{}}}", fmt::join(entries, ","));
  header.append((8 - header.size() % 8) % 8, ' ');

  std::string file;
  file.reserve(8 + header.size() + offset);
  for (std::size_t byte = 0; byte < 8; ++byte) file += static_cast<char>(header.size() >> (8 * byte) & 0xff);
  file += header;
  for (const NamedArray* array : order) file += bytes_of(*array);
  replace_file(path, file);
}

}  // namespace irmae::storage
