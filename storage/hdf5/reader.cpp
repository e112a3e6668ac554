// SPDX-License-Identifier: MIT
#include "storage/hdf5/reader.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <utility>

#include "storage/error.h"
#include "storage/hdf5/chunks.h"
#include "storage/seal.h"
#include "storage/system/file_descriptor.h"
#include "storage/system/files.h"
#include "storage/system/system_failure.h"

namespace irmae::storage::hdf5 {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kLongestText = std::size_t{1} << 20;
constexpr std::size_t kMostNames = 100'000;
constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{1} << 30;
constexpr std::uint64_t kWidest = 8;  ///< bytes of a number

/// What `stored` bytes may become in memory: deflate packs zeros 1 : 1032, and whoever means harm packs zeros.
std::uint64_t most_bytes(std::uint64_t stored) { return std::max(kAlwaysAllowed, 100 * stored); }

/// Numbers as machines have them.
bool is_number(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  const std::size_t size = H5Tget_size(type);
  return (kind == H5T_INTEGER && (size == 1 || size == 2 || size == 4 || size == 8)) ||
         (kind == H5T_FLOAT && (size == 2 || size == 4 || size == 8));
}

/// Bytes of a number of this type as array() gives it.
std::uint64_t width_as_read(hid_t type) {
  const H5T_class_t kind = H5Tget_class(type);
  const std::size_t size = H5Tget_size(type);
  if (kind == H5T_FLOAT && size <= sizeof(float)) return sizeof(float);
  return kind == H5T_INTEGER && size == 1 && H5Tget_sign(type) == H5T_SGN_NONE ? 1 : kWidest;
}

/// Whether the values lie in this file, and are unpacked in pieces that fit them. chunks: chunks_of(set).
bool is_own_data(hid_t set, const std::optional<Chunks>& chunks, std::uint64_t bytes) {
  const Handle properties(H5Dget_create_plist(set), H5Pclose);
  if (!properties || H5Pget_external_count(properties.get()) != 0) return false;
  const H5D_layout_t layout = H5Pget_layout(properties.get());
  if (!chunks) return layout == H5D_CONTIGUOUS || layout == H5D_COMPACT;
  const Handle type(H5Dget_type(set), H5Tclose);
  std::uint64_t chunk = H5Tget_size(type.get());
  for (const hsize_t side : chunks->sides)
    if (__builtin_mul_overflow(chunk, side, &chunk)) return false;
  return chunk <= std::max<std::uint64_t>(bytes, std::uint64_t{1} << 26);
}

/// Whether the values are packed by what irmae writes alone, if at all. Other filters of HDF5 are not as well tried: its
/// scale-offset filter reads beyond the values that it is given.
bool has_known_filters(hid_t set) {
  const Handle properties(H5Dget_create_plist(set), H5Pclose);
  const int count = properties ? H5Pget_nfilters(properties.get()) : -1;
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0, configuration = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(properties.get(), static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &configuration);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) return false;
  }
  return count >= 0;
}

/// With a file all is closed that was opened in it.
Handle access_to_read() {
  Handle access = access_without_locks();
  check(H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG), "H5Pset_fclose_degree");
  return access;
}

/// Throws UnreadableFile where the system does not let it be read.
void check_readable(const fs::path& path) {
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) fail_to_read(path, errno);
}

/// The names that HDF5 iterates over, of which it calls add() with each. An exception may not pass through HDF5, which is C and
/// would leave its work half done: it ends the iteration, and is thrown after it.
class Names {
 public:
  herr_t add(const char* name) noexcept {
    try {
      names_.emplace_back(name);
    } catch (...) {
      failure_ = std::current_exception();
      return -1;
    }
    return names_.size() > kMostNames ? -1 : 0;
  }
  /// Throws what add() has caught: to be called after the iteration, before it is taken for that of a damaged file.
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }
  std::vector<std::string> take() { return std::move(names_); }

 private:
  std::vector<std::string> names_;
  std::exception_ptr failure_;
};

std::string trimmed(std::string text) {
  text.resize(std::min(text.find('\0'), text.size()));
  return text;
}

}  // namespace

Reader::Reader(const fs::path& path) : path_(path), lock_(std::in_place) {
  silence();
  std::error_code error;
  if (!is_there(path)) throw Error(fmt::format("{}: there is no such file", path.string()));
  if (fs::is_directory(path, error)) throw Error(fmt::format("{}: a folder, not a file", path.string()));
  if (!fs::is_regular_file(path, error)) throw Error(fmt::format("{}: not a regular file", path.string()));
  file_bytes_ = fs::file_size(path, error);
  check_readable(path);
  if (!check_seal(path)) survive();
  open();
}

Reader::~Reader() {
  const CrashGuard guard = crash_guard();
  file_ = Handle();
}

void Reader::open() {
  const CrashGuard guard = crash_guard();
  const Handle access = access_to_read();
  const hid_t file = H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access.get());
  if (file < 0) {
    const std::string reason = last_reason();
    if (reason.find("truncated") != std::string::npos)
      throw Error(fmt::format("{}: the file is cut short ({})", path_.string(), reason));
    if (reason.find("signature") != std::string::npos)
      throw Error(fmt::format("{}: not an HDF5 file, or cut short", path_.string()));
    fail(path_.string());
  }
  file_ = Handle(file, H5Fclose);
}

void Reader::damaged(const std::string& what) const {
  check_was_read(place_of(what));
  throw Damaged(place_of(what));
}

std::string Reader::place_of(const std::string& object) const { return fmt::format("{}: {}", path_.string(), object); }

bool Reader::is_true(int answer, const std::string& object) const {
  if (answer < 0) check_was_read(place_of(object));
  return answer > 0;
}

/// Every part of the path must exist before HDF5 is asked for the whole.
bool Reader::has(const std::string& object) const {
  const CrashGuard guard = crash_guard();
  for (std::size_t end = object.find('/'); end != std::string::npos; end = object.find('/', end + 1))
    if (end > 0 && !is_true(H5Lexists(file_.get(), object.substr(0, end).c_str(), H5P_DEFAULT), object)) return false;
  return is_true(H5Lexists(file_.get(), object.c_str(), H5P_DEFAULT), object);
}

bool Reader::is_group(const std::string& object) const {
  const CrashGuard guard = crash_guard();
  if (!has(object)) return false;
  const Handle handle(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!handle) check_was_read(place_of(object));
  return handle && H5Iget_type(handle.get()) == H5I_GROUP;
}

std::vector<std::string> Reader::names(const std::string& group) const {
  const CrashGuard guard = crash_guard();
  if (!has(group)) return {};
  const Handle handle(H5Gopen2(file_.get(), group.c_str(), H5P_DEFAULT), H5Gclose);
  if (!handle) damaged(group);
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* names) -> herr_t {
    return static_cast<Names*>(names)->add(name);
  };
  Names names;
  const herr_t result = H5Literate(handle.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names);
  names.rethrow();
  if (result < 0) damaged(group);
  return names.take();
}

Attributes Reader::attributes(const std::string& object) const {
  const CrashGuard guard = crash_guard();
  const Handle handle(H5Oopen(file_.get(), object.c_str(), H5P_DEFAULT), H5Oclose);
  if (!handle) damaged(object);
  const auto collect = [](hid_t, const char* name, const H5A_info_t*, void* names) -> herr_t {
    return static_cast<Names*>(names)->add(name);
  };
  Names names;
  hsize_t place = 0;
  const herr_t result = H5Aiterate2(handle.get(), H5_INDEX_NAME, H5_ITER_INC, &place, collect, &names);
  names.rethrow();
  if (result < 0) damaged(object);
  Attributes found;
  for (const std::string& name : names.take()) {
    const Handle one(H5Aopen(handle.get(), name.c_str(), H5P_DEFAULT), H5Aclose);
    found.emplace_back(name, value_of(one, object + "@" + name));
  }
  return found;
}

bool Reader::has_attribute(const std::string& object, const std::string& name) const {
  const CrashGuard guard = crash_guard();
  return is_true(H5Aexists_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT), object + "@" + name);
}

Scalar Reader::attribute(const std::string& object, const std::string& name) const {
  const CrashGuard guard = crash_guard();
  const std::string place = object + "@" + name;
  if (object != "/" && !has(object)) damaged(object + " is missing");
  if (!has_attribute(object, name)) damaged(place + " is missing");
  return value_of(Handle(H5Aopen_by_name(file_.get(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose),
                  place);
}

Scalar Reader::value_of(const Handle& attribute, const std::string& place) const {
  if (!attribute) damaged(place);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose);
  if (!space || !type || H5Sget_simple_extent_npoints(space.get()) != 1) damaged(place);
  const std::size_t size = H5Tget_size(type.get());
  switch (H5Tget_class(type.get())) {
    case H5T_STRING: {
      if (H5Tis_variable_str(type.get()) > 0) {
        char* read = nullptr;
        if (H5Aread(attribute.get(), type.get(), &read) < 0 || !read) damaged(place);
        std::string text(read);
        H5free_memory(read);
        return text;
      }
      if (size > kLongestText) damaged(place);
      std::string text(size, '\0');
      if (H5Aread(attribute.get(), type.get(), text.data()) < 0) damaged(place);
      return trimmed(std::move(text));
    }
    case H5T_INTEGER: {
      std::int64_t value = 0;
      if (!is_number(type.get())) damaged(place);
      if (H5Aread(attribute.get(), H5T_NATIVE_INT64, &value) < 0) damaged(place);
      if (size == 1) return value != 0;
      return value;
    }
    case H5T_FLOAT: {
      double value = 0;
      if (!is_number(type.get())) damaged(place);
      if (H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value) < 0) damaged(place);
      return value;
    }
    default:
      damaged(place);
  }
}

std::string Reader::text(const std::string& dataset) const {
  const CrashGuard guard = crash_guard();
  const Handle set = opened(dataset);
  const Handle type(H5Dget_type(set.get()), H5Tclose);
  const Handle space(H5Dget_space(set.get()), H5Sclose);
  if (!type || !space || H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 ||
      H5Tget_size(type.get()) > kLongestText || H5Sget_simple_extent_npoints(space.get()) != 1 ||
      !is_own_data(set.get(), chunks_of(set.get()), H5Tget_size(type.get())) || !has_known_filters(set.get()))
    damaged(dataset);
  std::string text(H5Tget_size(type.get()), '\0');
  if (H5Dread(set.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, text.data()) < 0) damaged(dataset);
  return trimmed(std::move(text));
}

std::string Reader::other_than_numbers(const std::string& dataset) const {
  const CrashGuard guard = crash_guard();
  const Handle set(H5Dopen2(file_.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  const Handle type(set ? H5Dget_type(set.get()) : -1, H5Tclose);
  if (!type) damaged(dataset);
  if (is_number(type.get())) return "";
  switch (H5Tget_class(type.get())) {
    case H5T_STRING:
      return "text";
    case H5T_COMPOUND:
      return "records (a compound type)";
    case H5T_ENUM:
      return "an enumeration, as truth values are kept";
    default:
      return "no plain numbers";
  }
}

std::string Reader::without_values(const std::string& dataset) const {
  const CrashGuard guard = crash_guard();
  constexpr const char* copy = "copy the values into a dataset of their own in this file";
  const Handle set(H5Dopen2(file_.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) {
    check_was_read(place_of(dataset));
    H5L_info_t link{};
    if (H5Lget_info(file_.get(), dataset.c_str(), &link, H5P_DEFAULT) < 0) damaged(dataset);
    if (link.type == H5L_TYPE_EXTERNAL) return fmt::format("is a link to another file: {}", copy);
    return link.type == H5L_TYPE_SOFT ? "is a link to nothing" : "";
  }
  const Handle space(H5Dget_space(set.get()), H5Sclose), properties(H5Dget_create_plist(set.get()), H5Pclose);
  if (!space || !properties) damaged(dataset);
  if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) return "is empty: it has no shape and holds no values";
  if (H5Sget_simple_extent_npoints(space.get()) <= 0) return "";
  if (H5Pget_layout(properties.get()) == H5D_VIRTUAL || H5Pget_external_count(properties.get()) > 0)
    return fmt::format("has its values in other files: {}", copy);
  if (H5Dget_storage_size(set.get()) == 0) {  // which it also says where it cannot look
    check_was_read(place_of(dataset));
    return "was never written: it holds no values";
  }
  const std::optional<Chunks> chunks = chunks_of(set.get());
  if (!chunks || chunks->count > kMostChunks) return "";  // so many are refused when they are read
  const std::uint64_t written = written_chunks(set.get()).value_or(chunks->count);
  if (written >= chunks->count) return "";
  return fmt::format(
      "was written in part: {} of its {} chunks hold no values, and would be read as its fill value: write them, zeros too, or "
      "copy what was written into a dataset of that size",
      chunks->count - written, chunks->count);
}

bool Reader::is_scale(const std::string& dataset) const {
  // Not H5DSis_scale, which leaves open what it finds where CLASS is no text.
  if (!has_attribute(dataset, "CLASS")) return false;
  try {
    return attribute(dataset, "CLASS") == Scalar(std::string("DIMENSION_SCALE"));
  } catch (const MaybeSound&) {
    throw;
  } catch (const Error&) {
    return false;
  }
}

Handle Reader::opened(const std::string& dataset) const {
  if (!has(dataset)) damaged(dataset + " is missing");
  Handle set(H5Dopen2(file_.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
  if (!set) damaged(dataset);
  return set;
}

std::uint64_t Reader::stored(const Handle& set) const {
  return std::min<std::uint64_t>(H5Dget_storage_size(set.get()), file_bytes_);
}

std::vector<std::int64_t> Reader::shape_of(const Handle& set, const std::string& dataset) const {
  const Handle space(H5Dget_space(set.get()), H5Sclose);
  const int axes = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
  if (axes < 0 || axes > 8) damaged(dataset);
  hsize_t lengths[8] = {};
  if (H5Sget_simple_extent_dims(space.get(), lengths, nullptr) < 0) damaged(dataset);
  // Memory is asked for only where the file holds enough to fill it. A zero may not hide a product that overflows.
  const Handle type(H5Dget_type(set.get()), H5Tclose);
  const std::uint64_t most = most_bytes(stored(set));
  std::uint64_t bytes = type ? width_as_read(type.get()) : kWidest;
  std::vector<std::int64_t> shape;
  for (int axis = 0; axis < axes; ++axis) {
    if (__builtin_mul_overflow(bytes, std::max<hsize_t>(lengths[axis], 1), &bytes) || bytes > most)
      damaged(dataset + " claims an absurd size, more than 1 GiB and 100 times what is stored of it");
    shape.push_back(static_cast<std::int64_t>(lengths[axis]));
  }
  return shape;
}

std::vector<std::int64_t> Reader::shape(const std::string& dataset) const {
  const CrashGuard guard = crash_guard();
  return shape_of(opened(dataset), dataset);
}

NamedArray Reader::array(const std::string& dataset) const {
  const CrashGuard guard = crash_guard();
  const Handle set = opened(dataset);
  const Handle type(H5Dget_type(set.get()), H5Tclose);
  if (!type) damaged(dataset);
  if (!is_number(type.get())) damaged(dataset + " has a type that is no plain number");
  NamedArray array{dataset.substr(dataset.rfind('/') + 1), shape_of(set, dataset), {}};
  const auto count = static_cast<std::uint64_t>(elements_of(array.shape));
  const std::optional<Chunks> chunks = chunks_of(set.get());
  if (count > 0 && (stored(set) == 0 || !is_own_data(set.get(), chunks, kWidest * count)))
    damaged(dataset + " has its values elsewhere");
  if (count > 0 && !has_known_filters(set.get()))
    throw Error(fmt::format("{}: {} is packed by another filter than shuffle, gzip and fletcher32: pack it with gzip",
                            path_.string(), dataset));
  if (chunks && chunks->count > kMostChunks)
    throw Error(
        fmt::format("{}: {} is stored in {} chunks, and at most {} are read: store it in larger ones, of many rows each "
                    "(chunks=True in h5py)",
                    path_.string(), dataset, chunks->count, kMostChunks));
  const auto read = [&](auto element, hid_t native) {
    std::vector<decltype(element)> values(count);
    const std::string failed = fmt::format("{}: {} cannot be read", path_.string(), dataset);
    if (count > 0 && chunks)
      read_by_chunks(set.get(), native, *chunks, values.data(), failed);
    else if (count > 0)
      check(H5Dread(set.get(), native, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), failed);
    array.values = std::move(values);
  };
  const std::size_t size = H5Tget_size(type.get());
  const H5T_class_t kind = H5Tget_class(type.get());
  const bool without_sign = kind == H5T_INTEGER && H5Tget_sign(type.get()) == H5T_SGN_NONE;
  if (kind == H5T_FLOAT && size <= 4) {
    read(float{}, H5T_NATIVE_FLOAT);
  } else if (kind == H5T_FLOAT) {
    read(double{}, H5T_NATIVE_DOUBLE);
  } else if (without_sign && size == 1) {
    read(std::uint8_t{}, H5T_NATIVE_UINT8);
  } else if (without_sign && size == 8) {
    // With their own bits: HDF5 would turn what int64 does not hold into the largest number that it does.
    read(std::int64_t{}, H5T_NATIVE_UINT64);
    for (const std::int64_t value : std::get<std::vector<std::int64_t>>(array.values))
      if (value < 0)
        throw Error(fmt::format("{}: {}: the value {} does not fit 64 bits with a sign", path_.string(), dataset,
                                static_cast<std::uint64_t>(value)));
  } else {
    read(std::int64_t{}, H5T_NATIVE_INT64);
  }
  return array;
}

std::vector<NamedArray> Reader::arrays(const std::string& group, const std::function<bool(const std::string&)>& wanted) const {
  std::vector<NamedArray> arrays;
  std::uint64_t bytes = 0;
  for (const std::string& name : names(group)) {
    if (!wanted(name)) continue;
    arrays.push_back(array(group + "/" + name));
    bytes += bytes_of(arrays.back()).size();
    if (bytes > most_bytes(file_bytes_)) damaged(group + " claims an absurd size");
  }
  return arrays;
}

std::size_t Reader::offset_of(const std::string& dataset, const std::vector<std::int64_t>& shape) const {
  const CrashGuard guard = crash_guard();
  const Handle set = opened(dataset);
  const Handle type(H5Dget_type(set.get()), H5Tclose);
  if (shape_of(set, dataset) != shape || H5Tequal(type.get(), H5T_NATIVE_UINT8) <= 0)
    damaged(dataset + " has another type or shape");
  const haddr_t offset = H5Dget_offset(set.get());
  if (offset == HADDR_UNDEF) damaged(dataset + " is not contiguous");
  return offset;
}

}  // namespace irmae::storage::hdf5
