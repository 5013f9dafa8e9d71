#include "jobs/completion.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "jobs/command_line_spec.h"
#include "jobs/keys.h"
#include "jobs/keys_layers.h"
#include "kernels/registry.h"

namespace cnci::jobs {
namespace {

using Words = std::vector<std::string>;

/// For single quotes: none of the words holds any.
std::string in_one_line(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

Words command_words() {
  Words words;
  for (const CommandSpec& spec : command_specs()) words.emplace_back(spec.name);
  return words;
}

/// What completes a value: words, or a function of the script that knows more.
std::string value_action(const std::string& value, const Words& choices) {
  if (!choices.empty()) return "_cnci_words '" + in_one_line(choices) + "'";
  if (value == "FILE") return "_cnci_files";
  if (value == "OUT") return "_cnci_folders";
  if (value == "KEY=VALUE") return "_cnci_keys";
  return ":";  // a number or a name that is not known here
}

std::string argument_action(std::string_view positional) {
  if (positional == "job" || positional == "side") return "_cnci_files";
  if (positional == "out" || positional == "dir") return "_cnci_folders";
  Words words;
  if (positional == "name") {
    for (const kernels::Kernel& kernel : kernels::registry()) words.emplace_back(kernel.name);
  } else if (positional == "topic") {
    words = command_words();
    words.insert(words.end(), help_topics().begin(), help_topics().end());
  }
  return words.empty() ? ":" : "_cnci_words '" + in_one_line(words) + "'";
}

/// One command's flags and arguments as a branch of the script.
std::string command_branch(const CommandSpec& spec) {
  const auto flags = command_flags(spec.name);
  Words names;
  std::string values;
  for (const auto& flag : flags.options()) {
    const std::string name = "--" + flag->long_name();
    names.push_back(name);
    const std::string value = flag_value(*flag);
    if (value.empty()) continue;
    values += fmt::format("        {}) {} ;;\n", name, value_action(value, flag_choices(*flag)));
  }
  std::string text = fmt::format("    {})\n", spec.name);
  if (!values.empty()) {
    text += "      case $flag in\n" + values + "        *) ";
  } else {
    text += "      ";
  }
  text +=
      fmt::format("_cnci_flags_or '{}' {}", in_one_line(names), argument_action(spec.positional));
  text += values.empty() ? "\n" : " ;;\n      esac\n";
  return text + "      ;;\n";
}

/// Keys of the job file as they are written; where a name is left open (`zones.*.code`) the layers
/// that kernels read stand for it, and the `*` stays for any other.
Words key_words() {
  Words words;
  for (const Key& key : key_registry().keys()) {
    words.push_back(key.pattern);
    const auto star = key.pattern.find('*');
    if (!key.pattern.starts_with("layer.*")) continue;
    for (const auto& [layer, declared] : declared_layers()) {
      std::string named = key.pattern;
      words.push_back(named.replace(star, 1, layer));
    }
  }
  return words;
}

constexpr std::string_view kHead = R"(# Completion of cnci for bash; made by: cnci help completion
# shellcheck shell=bash disable=SC2207  # words hold no blanks

_cnci_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }
_cnci_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
_cnci_folders() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); }

# Flags where one is begun; else what the command's arguments are.
_cnci_flags_or() {
  local flags=$1
  shift
  if [[ $cur == -* ]]; then _cnci_words "$flags"; else "$@"; fi
}

# Keys of the job file, with `=` behind them; after it the name of a file, which most values are.
# A key with an open name takes what is typed for it: zones.county. -> zones.county.code
_cnci_keys() {
  if [[ $after_equals ]]; then _cnci_files; return; fi
  local key head tail name found=()
  for key in "${keys[@]}"; do
    if [[ $key == *'*'* ]]; then
      head=${key%%'*'*} tail=${key#*'*'}
      if [[ -n $tail && $cur == "$head"?*.* ]]; then
        name=${cur#"$head"} name=${name%.*}
        key=$head$name$tail
      else
        key=$head
      fi
    fi
    [[ $key == "$cur"* ]] && found+=("$key")
  done
  mapfile -t COMPREPLY < <(printf '%s\n' "${found[@]}" | sort -u)
  [[ ${#found[@]} == 0 ]] && COMPREPLY=()
  compopt -o nospace 2>/dev/null
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} != *. ]]; then COMPREPLY[0]+='='; fi
}

_cnci() {
  local cur=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} flag='' after_equals=''
  COMPREPLY=()
  # `=` is a word of its own: --flag = value, and --set key = value.
  local at=$((COMP_CWORD - 1))
  if [[ $cur == '=' ]]; then cur=''; ((++at)); fi
  if [[ ${COMP_WORDS[at]} == '=' && $at -ge 2 ]]; then
    ((--at))
    if [[ ${COMP_WORDS[at]} != -* ]]; then
      after_equals=1
      ((--at))
      if [[ ${COMP_WORDS[at]} == '=' ]]; then ((--at)); fi
    fi
  fi
  if [[ $at -ge 2 && ${COMP_WORDS[at]} == --* ]]; then flag=${COMP_WORDS[at]}; fi
)";

}  // namespace

std::string bash_completion() {
  std::string text(kHead);
  text += "  local keys=(\n";
  for (const std::string& key : key_words()) text += "    '" + key + "'\n";
  text += "  )\n";
  text += "  if [[ $COMP_CWORD == 1 ]]; then _cnci_words '" + in_one_line(command_words()) +
          " --version --help'; return; fi\n";
  text += "  case $command in\n";
  for (const CommandSpec& spec : command_specs()) text += command_branch(spec);
  return text + "  esac\n}\n\ncomplete -F _cnci cnci\n";
}

}  // namespace cnci::jobs
