// An engine on sockets of its own in a thread of its own: the device of the target `loopback`, and what `ikevet serve`
// and `ikevet connect` run.
#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/esp/data_plane.hpp"
#include "engine/sa/engine.hpp"
#include "engine/transport/data_plane_link.hpp"
#include "engine/transport/driver.hpp"
#include "engine/transport/udp_transport.hpp"

namespace ikevet::transport {

/// The engine has a data plane beside it with an echo host behind, so that pings through its Child SAs are answered.
class EngineServer {
 public:
  /// Opens the sockets (throws TransportError) and starts. The ports of `config` are replaced with those the sockets
  /// have. `seams` and `observer` are called from the server's thread and must outlive it.
  EngineServer(sa::Config config, const UdpOptions& udp, std::unique_ptr<RandomSource> random, sa::Seams seams = {},
               DriverObserver* observer = nullptr);
  ~EngineServer();
  EngineServer(const EngineServer&) = delete;
  EngineServer& operator=(const EngineServer&) = delete;

  Endpoint ike_endpoint() const { return transport_.ike_endpoint(); }
  Endpoint nat_t_endpoint() const { return transport_.nat_t_endpoint(); }

  /// Returns when the engine has taken the command. Throws what Engine::command throws, or the TransportError that
  /// ended the server.
  void command(const sa::Command& command);
  std::vector<sa::IkeSaView> ike_sas();
  /// Echo requests from the first host of our selectors to the first of the peer's; false: there is no Child SA.
  bool ping(esp::PingPlan plan);
  /// Forgets all IKE SAs, as after a restart of the device.
  void reset();
  /// Ends the thread; further calls throw.
  void stop();
  /// False after stop(), and when the network failed.
  bool running() const { return running_; }

 private:
  using Job = std::function<void()>;
  struct Task {
    Job job;
    std::promise<void> done;
  };

  void run();
  void perform_tasks();
  void fail_tasks(const std::exception_ptr& why);
  /// Runs `job` in the server's thread and waits for it.
  void call(Job job);
  void restart_engine();

  sa::Config config_;
  std::unique_ptr<RandomSource> random_;
  sa::Seams seams_;
  DriverObserver no_observer_;
  DriverObserver& observer_;
  UdpTransport transport_;
  std::unique_ptr<esp::DataPlane> plane_;
  std::unique_ptr<DataPlaneKeys> plane_keys_;
  std::unique_ptr<sa::Engine> engine_;
  std::unique_ptr<Driver> driver_;

  std::mutex mutex_;
  std::deque<Task> tasks_;       // guarded by mutex_
  std::exception_ptr ended_by_;  // guarded by mutex_
  std::atomic<bool> running_{true};
  std::thread thread_;
};

}  // namespace ikevet::transport
