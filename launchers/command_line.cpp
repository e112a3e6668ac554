// SPDX-License-Identifier: MIT
#include "launchers/command_line.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "framework/manifest/nearest.h"
#include "storage/error.h"

namespace irmae::launchers {

namespace {

/// A number for which `good` holds; `what` says which, after "must be ". CLI11's own checks name the largest double there is,
/// in 309 digits.
template <class Good>
CLI::Validator number_that_is(const char* what, Good good) {
  return CLI::Validator(
      [what, good](std::string& text) {
        double number = 0;
        if (CLI::detail::lexical_cast(text, number) && good(number)) return std::string();
        return fmt::format("must be {}, not '{}'", what, text);
      },
      "");
}

class Help final : public CLI::Formatter {
  /// CLI11 shows every option of several values as one of several words.
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string text = Formatter::make_option_opts(option);
    const std::size_t words = text.find(" ...");
    const char delimiter = option->get_delimiter();
    return delimiter && words != std::string::npos ? text.substr(0, words) + delimiter + text.substr(words + 1) : text;
  }

  /// CLI11 keeps an argument that is hidden out of the list of arguments, but not out of the usage.
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string text = Formatter::make_usage(app, std::move(name));
    const auto hidden = [](const CLI::Option* option) { return option->get_positional() && option->get_group().empty(); };
    for (const CLI::Option* option : app->get_options(hidden)) {
      const std::string word = " " + make_option_usage(option);
      if (const std::size_t place = text.find(word); place != std::string::npos) text.erase(place, word.size());
    }
    return text;
  }
};

}  // namespace

Option Option::required() {
  option_->required();
  return *this;
}

Option Option::with_default_shown() {
  option_->capture_default_str();
  return *this;
}

Option Option::one_of(const std::vector<std::string>& words) {
  option_->check(CLI::Validator(
      [words](std::string& text) {
        if (std::ranges::find(words, text) != words.end()) return std::string();
        return manifest::not_one_of(text, words);
      },
      fmt::format("{{{}}}", fmt::join(words, ","))));
  return *this;
}

Option Option::between(std::int64_t least, std::int64_t most) {
  option_->check(CLI::Range(least, most));
  return *this;
}

Option Option::above_zero() {
  option_->check(number_that_is("a number above 0", [](double n) { return n > 0; }));
  return *this;
}

Option Option::not_negative() {
  option_->check(number_that_is("0 or a number above it", [](double n) { return n >= 0; }));
  return *this;
}

Option Option::separated_by(char delimiter) {
  option_->delimiter(delimiter)->allow_extra_args(false);
  return *this;
}

Option Option::needs(const Option& other) {
  option_->needs(other.option_);
  return *this;
}

Option Option::in_group(const std::string& heading) {
  option_->group(heading);
  return *this;
}

Option Option::hidden() { return in_group(""); }

Option Command::option(const std::string& names, std::string& value, const std::string& help) {
  return Option(app_->add_option(names, value, help));
}

Option Command::option(const std::string& names, int& value, const std::string& help) {
  return Option(app_->add_option(names, value, help));
}

Option Command::option(const std::string& names, std::int64_t& value, const std::string& help) {
  return Option(app_->add_option(names, value, help));
}

Option Command::option(const std::string& names, double& value, const std::string& help) {
  return Option(app_->add_option(names, value, help));
}

Option Command::option(const std::string& names, std::vector<std::string>& values, const std::string& help) {
  return Option(app_->add_option(names, values, help));
}

Option Command::flag(const std::string& names, bool& value, const std::string& help) {
  return Option(app_->add_flag(names, value, help));
}

Option Command::only(std::vector<std::string>& patterns, const std::string& which) {
  return option("--only", patterns, which + " cells whose names match one of these patterns (*, ?)").separated_by(',');
}

Option Command::data(std::string& name) {
  return option("--data", name, "only runs of this data set: a kind, or a name as in the column data of tables");
}

Option Command::finished_run(std::string& folder) {
  return option("run", folder, "folder of a finished run, or its run.h5").required();
}

void Command::footer(const std::string& text) { app_->footer(text); }

void Command::runs(std::function<int()> body) {
  app_->callback([body = std::move(body), status = status_] { *status = body(); });
}

CommandLine::CommandLine(const std::string& about) : app_(std::make_unique<CLI::App>(about, "irmae")) {
  app_->formatter(std::make_shared<Help>());  // its commands take it over
  app_->require_subcommand(1);
}

CommandLine::~CommandLine() = default;

Command CommandLine::command(const std::string& name, const std::string& help) {
  return Command(app_->add_subcommand(name, help), status_);
}

std::vector<std::string> CommandLine::commands() const {
  std::vector<std::string> names;
  for (const CLI::App* command : app_->get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

void CommandLine::version(const std::string& text) { app_->set_version_flag("--version", text); }

void CommandLine::footer(const std::string& text) { app_->footer(text); }

int CommandLine::run(int count, char** words) {
  try {
    app_->parse(count, words);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app_->exit(error);
    const std::string text = error.what();
    const bool has_near_word = text.find("; did you mean ") != std::string::npos;  // which is advice enough
    const bool has_command = count > 1 && words[1][0] != '-';
    const std::string helper = has_command ? fmt::format("irmae {}", words[1]) : "irmae";
    throw UsageError(has_near_word ? text : fmt::format("{}; {} --help explains", text, helper));
  }
  return status_;
}

}  // namespace irmae::launchers
