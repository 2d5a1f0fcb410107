#include "scenarios/runner/trigger_call.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "scenarios/runner/child_process.hpp"
#include "scenarios/runner/operator_prompt.hpp"

namespace ikevet::scenarios {
namespace {

using Kind = TriggerState::Kind;

/// A command says with these that it cannot do what it was asked (style of shells and of BoringSSL's shim).
constexpr int kCommandNotFound = 127;
constexpr int kUnsupported = 89;
/// ssh(1): its own failure, not that of the remote command.
constexpr int kSshFailed = 255;

std::string quoted(const std::string& output) { return output.empty() ? "" : fmt::format(": {}", output); }

TriggerState ended(std::string_view name, int status, const std::string& output) {
  if (status == 0) return {Kind::Fired, output};
  if (status == kCommandNotFound || status == kUnsupported)
    return {Kind::Unsupported, fmt::format("unsupported: trigger {} ended with {}{}", name, status, quoted(output))};
  return {Kind::Failed, fmt::format("trigger {} ended with {}{}", name, status, quoted(output))};
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
}

std::string filled_in(std::string text, const Target& target) {
  const std::filesystem::path lab = std::filesystem::path(target.file).parent_path() / "lab";
  replace_all(text, "{lab}", lab.string());
  replace_all(text, "{harness}", target.harness_address.text());
  replace_all(text, "{dut}", target.dut_address.text());
  return text;
}

/// "{env:NAME}": secrets stand in no file.
std::string with_environment(std::string text) {
  constexpr std::string_view kOpen = "{env:";
  for (std::size_t at = text.find(kOpen); at != std::string::npos; at = text.find(kOpen, at)) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) break;
    const std::string called = text.substr(at + kOpen.size(), end - at - kOpen.size());
    const char* value = std::getenv(called.c_str());
    if (value == nullptr) throw std::runtime_error(fmt::format("the environment variable {} is not set", called));
    text.replace(at, end + 1 - at, value);
    at += std::string_view(value).size();
  }
  return text;
}

class CommandCall final : public TriggerCall {
 public:
  CommandCall(std::string_view name, const std::vector<std::string>& argv, std::string ssh_host = "")
      : name_(name), process_(argv), ssh_host_(std::move(ssh_host)) {}

  TriggerState poll() override {
    const auto status = process_.exit_status();
    if (!status) return {Kind::Running, ""};
    if (!ssh_host_.empty() && *status == kSshFailed)
      return {Kind::Failed, fmt::format("trigger {}: ssh does not reach {}{}; try it by hand with BatchMode=yes", name_,
                                        ssh_host_, quoted(process_.output()))};
    return ended(name_, *status, process_.output());
  }
  std::string output() override { return process_.output(); }

 private:
  std::string name_;
  ChildProcess process_;
  std::string ssh_host_;
};

/// A line of curl's configuration: the value may hold anything but is one line.
std::string config_line(std::string_view option, std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\n')
      escaped += "\\n";
    else if (c == '\r')
      escaped += "\\r";
    else if (c == '"' || c == '\\')
      escaped += fmt::format("\\{}", c);
    else
      escaped += c;
  }
  return fmt::format("{} = \"{}\"\n", option, escaped);
}

/// What curl is to do, in a file that nobody else reads: command lines are seen by everybody.
class CurlSettings {
 public:
  explicit CurlSettings(const std::string& text) {
    std::string pattern = (std::filesystem::temp_directory_path() / "ikevet-http-XXXXXX").string();
    const int descriptor = ::mkstemp(pattern.data());
    if (descriptor < 0) throw std::runtime_error("cannot make a temporary file for curl");
    ::close(descriptor);
    path_ = pattern;
    std::ofstream(path_, std::ios::binary) << text;
  }
  ~CurlSettings() {
    std::error_code error;
    std::filesystem::remove(path_, error);
  }
  CurlSettings(const CurlSettings&) = delete;
  CurlSettings& operator=(const CurlSettings&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

class HttpTriggerCall final : public TriggerCall {
 public:
  HttpTriggerCall(std::string_view name, const DeviceCall& trigger, const Target& target)
      : name_(name),
        settings_(settings_of(*trigger.http, trigger.timeout, target)),
        process_({"curl", "--config", settings_.path()}) {}

  TriggerState poll() override {
    const auto status = process_.exit_status();
    if (!status) return {Kind::Running, ""};
    const std::string said = process_.output();
    if (*status == kCommandNotFound)
      return {Kind::Failed, fmt::format("trigger {}: curl is not there; install it", name_)};
    if (*status != 0)
      return {Kind::Failed, fmt::format("trigger {}: curl ended with {}{}", name_, *status, quoted(said))};
    // --write-out puts the status on the last line.
    const std::size_t line = said.rfind('\n');
    const std::string code = line == std::string::npos ? said : said.substr(line + 1);
    const std::string body = line == std::string::npos ? "" : said.substr(0, line);
    if (code.starts_with("2")) return {Kind::Fired, body};
    const bool unsupported = code == "404" || code == "405" || code == "501";
    return {
        unsupported ? Kind::Unsupported : Kind::Failed,
        fmt::format("{}trigger {}: HTTP status {}{}", unsupported ? "unsupported: " : "", name_, code, quoted(body))};
  }
  std::string output() override { return process_.output(); }

 private:
  static std::string settings_of(const HttpCall& call, Duration timeout, const Target& target) {
    const auto whole = [&](const std::string& text) { return with_environment(filled_in(text, target)); };
    std::string out = "silent\nshow-error\nwrite-out = \"\\n%{http_code}\"\n";
    out += config_line("request", call.method);
    out += config_line("url", whole(call.url));
    out += fmt::format("max-time = {:g}\n", std::chrono::duration<double>(timeout).count());
    for (const auto& [header, value] : call.headers) out += config_line("header", header + ": " + whole(value));
    if (!call.body.empty()) out += config_line("data-raw", whole(call.body));
    if (call.insecure) out += "insecure\n";
    return out;
  }

  std::string name_;
  CurlSettings settings_;
  ChildProcess process_;
};

class PromptCall final : public TriggerCall {
 public:
  PromptCall(std::string_view name, const std::string& text)
      : name_(name), prompt_(fmt::format("{} ({})", text, name)) {}

  TriggerState poll() override {
    switch (prompt_.answer()) {
      case OperatorPrompt::Answer::None:
        return {Kind::Running, ""};
      case OperatorPrompt::Answer::Done:
        return {Kind::Fired, "done by the operator"};
      case OperatorPrompt::Answer::Unsupported:
        return {Kind::Unsupported, fmt::format("unsupported: the operator says that {} cannot be done", name_)};
      case OperatorPrompt::Answer::Failed:
        break;
    }
    return {Kind::Failed, fmt::format("the operator says that {} did not work", name_)};
  }
  std::string output() override { return "nobody answered the prompt"; }

 private:
  std::string name_;
  OperatorPrompt prompt_;
};

}  // namespace

std::vector<std::string> filled_in(const std::vector<std::string>& command, const Target& target) {
  std::vector<std::string> out;
  for (const std::string& argument : command) out.push_back(filled_in(argument, target));
  return out;
}

std::vector<std::string> ssh_command(const SshCommand& ssh, const Target& target) {
  std::vector<std::string> out{"ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-p", std::to_string(ssh.port)};
  if (!ssh.identity_file.empty()) out.insert(out.end(), {"-i", ssh.identity_file});
  out.push_back(ssh.user.empty() ? ssh.host : ssh.user + "@" + ssh.host);
  out.emplace_back("--");
  // ssh joins the words with blanks, and the shell over there takes them apart again.
  for (const std::string& word : filled_in(ssh.command, target)) {
    std::string quoted_word = word;
    replace_all(quoted_word, "'", "'\\''");
    out.push_back("'" + quoted_word + "'");
  }
  return out;
}

std::unique_ptr<TriggerCall> start_call(std::string_view name, const DeviceCall& trigger, const Target& target) {
  if (trigger.ssh) return std::make_unique<CommandCall>(name, ssh_command(*trigger.ssh, target), trigger.ssh->host);
  if (trigger.http) return std::make_unique<HttpTriggerCall>(name, trigger, target);
  if (!trigger.prompt.empty()) return std::make_unique<PromptCall>(name, trigger.prompt);
  return std::make_unique<CommandCall>(name, filled_in(trigger.command, target));
}

}  // namespace ikevet::scenarios
