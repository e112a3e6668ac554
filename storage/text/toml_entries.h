// SPDX-License-Identifier: MIT
// A few values of each table in a long TOML array of tables: a frozen plan has one table a cell, with every parameter.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace irmae::storage {

/// The wanted values of one table as text, in the order in which they are wanted; "" where one is absent.
using TomlEntry = std::vector<std::string>;

/// The tables [[array]] of a TOML file, each as its values of `wanted`, dotted paths within a table; none where there is no
/// such file. Throws Error where the file cannot be read or is no TOML.
std::vector<TomlEntry> read_entries(const std::filesystem::path& path, std::string_view array,
                                    const std::vector<std::string>& wanted);

/// The tables [[array]] of a TOML text, each as its values of `wanted`, dotted paths within a table. The text has one header or
/// one key and plain value a line, as irmae writes it: nothing where a line is of any other kind. A full reader takes seconds
/// for a plan of ten thousand cells.
std::optional<std::vector<TomlEntry>> scan_entries(std::string_view text, std::string_view array,
                                                   const std::vector<std::string>& wanted);

/// The tables [[array]] of any TOML text, each as its values of `wanted`, dotted paths within a table. `name` is the file's,
/// for messages. Throws Error naming file, line and column where the text is no TOML.
std::vector<TomlEntry> parse_entries(std::string_view text, const std::string& name, std::string_view array,
                                     const std::vector<std::string>& wanted);

}  // namespace irmae::storage
