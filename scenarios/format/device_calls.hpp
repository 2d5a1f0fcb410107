// How a live device is made to act, and asked how it is: several kinds of call. Only the runner needs them, so they are
// read from the target file when a device is connected, and Target itself says no more than which triggers there are.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.hpp"
#include "scenarios/format/target.hpp"

namespace ikevet::scenarios {

class Node;

/// A command on another machine, by the system's `ssh` with its own configuration and keys; it never asks anything.
struct SshCommand {
  std::string host;
  std::string user;
  std::uint16_t port = 22;
  std::string identity_file;
  std::vector<std::string> command;
};

/// A request to a management interface, by `curl`. 2xx: fired; 404, 405 and 501: unsupported.
struct HttpCall {
  std::string method = "POST";
  std::string url;
  std::map<std::string, std::string> headers;
  std::string body;
  bool insecure{};  ///< the certificate is not checked
};

/// Echo requests through the newest Child SA: what comes out of the tunnel makes the device, or somebody behind it,
/// act.
struct TunnelPacket {
  bool udp{};  ///< to port 7; otherwise ICMP or ICMPv6
  int count = 1;
};

/// Exactly one kind is set. "{lab}" (the program `lab` in the folder of the target's name), "{harness}", "{dut}"
/// (addresses) are filled in, and "{env:NAME}" in what goes over HTTP. Exit 127 or 89: unsupported.
struct DeviceCall {
  std::vector<std::string> command;  ///< argv
  std::optional<SshCommand> ssh;
  std::optional<HttpCall> http;
  std::optional<TunnelPacket> packet;
  std::string prompt;  ///< the operator is asked to do it
  Duration timeout = std::chrono::seconds(10);
  bool background{};  ///< started and not waited for: it ends when the exchange does

  int kinds() const {
    return int{!command.empty()} + int{ssh.has_value()} + int{http.has_value()} + int{packet.has_value()} +
           int{!prompt.empty()};
  }
};

struct DeviceCalls {
  std::map<std::string, DeviceCall> triggers;
  std::optional<DeviceCall> ready;  ///< succeeds once the device can be asked: before a run and after each reset
  std::optional<DeviceCall> life;   ///< prints what changes when the device restarts: a process id, a boot id
  Duration ready_time = std::chrono::seconds(60);  ///< how long it may take to come back after a reset
};

/// Of the file that `target` was read from; where there is none, its triggers by command. Throws FormatError.
DeviceCalls device_calls(const Target& target);

/// Reads them from the root of a target file, and complains of what is wrong. `live`: somebody else's device.
DeviceCalls read_device_calls(const Node& root, bool live);

}  // namespace ikevet::scenarios
