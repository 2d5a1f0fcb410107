#include "engine/transport/engine_server.hpp"

namespace ikevet::transport {
namespace {

/// The longest the server sleeps when its engine wants nothing; wake() ends it sooner.
constexpr Duration kIdle = std::chrono::seconds(60);

std::exception_ptr stopped() { return std::make_exception_ptr(std::logic_error("the engine server was stopped")); }

}  // namespace

EngineServer::EngineServer(sa::Config config, const UdpOptions& udp, std::unique_ptr<RandomSource> random,
                           sa::Seams seams, DriverObserver* observer)
    : config_(std::move(config)),
      random_(std::move(random)),
      seams_(seams),
      observer_(observer ? *observer : no_observer_),
      transport_(udp) {
  config_.ike_port = transport_.ike_endpoint().port;
  config_.nat_t_port = transport_.nat_t_endpoint().port;
  restart_engine();
  thread_ = std::thread([this] { run(); });
}

EngineServer::~EngineServer() { stop(); }

void EngineServer::restart_engine() {
  driver_.reset();
  esp::DataPlaneOptions options;
  options.nat_t_port = config_.nat_t_port;
  options.peer_nat_t_port = config_.peer_nat_t_port;
  options.always_udp = !transport_.sends_bare_esp();
  plane_ = std::make_unique<esp::DataPlane>(options, *random_);
  plane_keys_ = std::make_unique<DataPlaneKeys>(*plane_, seams_.key_log);
  sa::Seams seams = seams_;
  seams.key_log = plane_keys_.get();
  engine_ = std::make_unique<sa::Engine>(config_, *random_, seams);
  driver_ = std::make_unique<Driver>(transport_, *engine_, observer_, plane_.get());
}

void EngineServer::run() {
  std::exception_ptr why = stopped();
  try {
    while (!transport_.interrupted()) {
      perform_tasks();
      driver_->run_once(transport_.now() + kIdle);
    }
  } catch (...) {
    why = std::current_exception();
  }
  fail_tasks(why);
}

void EngineServer::perform_tasks() {
  std::deque<Task> tasks;
  {
    const std::scoped_lock lock(mutex_);
    tasks.swap(tasks_);
  }
  for (Task& task : tasks) {
    try {
      task.job();
      task.done.set_value();
    } catch (...) {
      task.done.set_exception(std::current_exception());
    }
  }
}

void EngineServer::fail_tasks(const std::exception_ptr& why) {
  const std::scoped_lock lock(mutex_);
  running_ = false;
  ended_by_ = why;
  for (Task& task : tasks_) task.done.set_exception(why);
  tasks_.clear();
}

void EngineServer::call(Job job) {
  Task task{std::move(job), {}};
  std::future<void> done = task.done.get_future();
  {
    const std::scoped_lock lock(mutex_);
    if (!running_) std::rethrow_exception(ended_by_);
    tasks_.push_back(std::move(task));
  }
  transport_.wake();
  done.get();
}

void EngineServer::command(const sa::Command& command) {
  call([this, &command] { driver_->command(command); });
}

std::vector<sa::IkeSaView> EngineServer::ike_sas() {
  std::vector<sa::IkeSaView> out;
  call([this, &out] { out = engine_->ike_sas(); });
  return out;
}

bool EngineServer::ping(esp::PingPlan plan) {
  bool begun = false;
  call([this, &plan, &begun] {
    const auto complete = plane_->complete(plan);
    begun = complete.has_value();
    if (complete) driver_->dispatch(plane_->ping(*complete, transport_.now()));
  });
  return begun;
}

void EngineServer::reset() {
  call([this] { restart_engine(); });
}

void EngineServer::stop() {
  transport_.interrupt();
  if (thread_.joinable()) thread_.join();
}

}  // namespace ikevet::transport
