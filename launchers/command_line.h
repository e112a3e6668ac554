// SPDX-License-Identifier: MIT
// Commands and their options. CLI11 reads them, in command_line.cpp alone: its header costs each file that sees it six seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace irmae::launchers {

/// An option or an argument of a command; each call narrows what it takes.
class Option {
 public:
  Option required();
  Option with_default_shown();
  Option one_of(const std::vector<std::string>& words);
  Option between(std::int64_t least, std::int64_t most);
  Option above_zero();
  Option not_negative();
  Option separated_by(char delimiter);  ///< several values, all in one word
  Option needs(const Option& other);
  Option in_group(const std::string& heading);
  Option hidden();  ///< from --help

 private:
  friend class Command;
  explicit Option(CLI::Option* option) : option_(option) {}
  CLI::Option* option_;
};

class Command {
 public:
  /// Adds an option. Names: "-o,--output", or without dashes an argument by its place. What the user gives is put into `value`,
  /// which must outlive the command line.
  Option option(const std::string& names, std::string& value, const std::string& help = "");
  Option option(const std::string& names, int& value, const std::string& help = "");
  Option option(const std::string& names, std::int64_t& value, const std::string& help = "");
  Option option(const std::string& names, double& value, const std::string& help = "");
  Option option(const std::string& names, std::vector<std::string>& values, const std::string& help = "");
  Option flag(const std::string& names, bool& value, const std::string& help);
  /// --only: the patterns that cells' names are to match. `which`: "only", as the help begins.
  Option only(std::vector<std::string>& patterns, const std::string& which = "only");
  /// --data: one data set, or all.
  Option data(std::string& name);
  /// The argument of commands that read a trained model.
  Option finished_run(std::string& folder);
  /// What --help says last.
  void footer(const std::string& text);
  /// What the command does, once its options have been read; its value is the program's exit status.
  void runs(std::function<int()> body);

 private:
  friend class CommandLine;
  Command(CLI::App* app, int& status) : app_(app), status_(&status) {}
  CLI::App* app_;
  int* status_;
};

/// A program of several commands, of which each call names one.
class CommandLine {
 public:
  explicit CommandLine(const std::string& about);
  ~CommandLine();

  Command command(const std::string& name, const std::string& help);
  std::vector<std::string> commands() const;
  void version(const std::string& text);
  void footer(const std::string& text);

  /// Reads the words, runs the command that they name and returns its exit status. Throws UsageError where they are wrong. Its
  /// message ends in the nearest known word, or where none is near in the help to ask for: the command's, or the program's.
  int run(int count, char** words);

 private:
  std::unique_ptr<CLI::App> app_;
  int status_ = 0;
};

}  // namespace irmae::launchers
