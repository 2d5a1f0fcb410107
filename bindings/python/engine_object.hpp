// The sans-IO engine as a Python object: what it owns, and the seams through which Python steps in.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "bindings/python/net_casters.hpp"
#include "engine/base/random.hpp"
#include "engine/keys/key_set.hpp"
#include "engine/sa/engine.hpp"

namespace ikevet::python {

namespace py = pybind11;

struct EventObject {
  trace::Event event;
};

struct OutputsObject {
  std::vector<Datagram> datagrams;
  std::vector<EventObject> events;
  std::optional<Instant> wake_at;
};

/// `config` is an ikevet.EngineConfig. Throws FormatError and SetupError.
sa::Config config_from_python(const py::object& config);

/// The source of randomness that `seed` says: None, a number, or a callable that gives n octets.
std::unique_ptr<RandomSource> random_from_python(const py::object& seed);

/// `command` is one of the dataclasses of ikevet.engine.
sa::Command command_from_python(const py::object& command);

class EngineObject final : private sa::KeyLog {
 public:
  EngineObject(const py::object& config, const py::object& seed, py::object tap, py::object decisions, bool log_keys);
  ~EngineObject() override;

  // Called with the GIL, which they release. One call at a time: another one throws std::runtime_error.
  sa::Outputs handle(const Datagram& datagram, Instant now);
  sa::Outputs tick(Instant now);
  sa::Outputs command(const sa::Command& command, Instant now);

  const sa::Engine& engine() const { return *engine_; }
  const keys::KeySet& keys() const { return keys_; }

 private:
  class Tap;
  class Judge;
  template <class Work>
  sa::Outputs alone(const Work& work);

  void ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) override;
  void child_keys(const sa::ChildKeyEntry& entry) override;

  std::unique_ptr<RandomSource> random_;
  std::unique_ptr<Tap> tap_;
  std::unique_ptr<Judge> judge_;
  keys::KeySet keys_;
  std::unique_ptr<sa::Engine> engine_;
  bool busy_{};
};

}  // namespace ikevet::python
