#include "bindings/python/engine_object.hpp"

#include <utility>

#include "bindings/python/module.hpp"
#include "scenarios/format/loader.hpp"
#include "scenarios/runner/peer_setup.hpp"

namespace ikevet::python {

namespace {

/// Octets from a Python callable.
class PythonRandom final : public RandomSource {
 public:
  explicit PythonRandom(py::object draw) : draw_(std::move(draw)) {}
  ~PythonRandom() override {
    const py::gil_scoped_acquire gil;
    draw_ = py::object();
  }
  void fill(std::span<std::uint8_t> out) override {
    const py::gil_scoped_acquire gil;
    const auto octets = draw_(out.size()).cast<Bytes>();
    if (octets.size() != out.size())
      throw py::value_error("random() was asked for " + std::to_string(out.size()) + " octets and gave " +
                            std::to_string(octets.size()));
    std::copy(octets.begin(), octets.end(), out.begin());
  }

 private:
  py::object draw_;
};

Duration seconds(double count) { return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count)); }

py::object method(const py::object& of, const char* name) {
  if (of.is_none() || !py::hasattr(of, name)) return py::none();
  return of.attr(name);
}

}  // namespace

/// Calls the methods that the Python object has. Exceptions of Python pass through the engine to the caller.
class EngineObject::Tap final : public sa::OutboundTap {
 public:
  explicit Tap(py::object object)
      : payloads_(method(object, "on_payloads")),
        plaintext_(method(object, "on_plaintext")),
        message_(method(object, "on_message")) {}

  void on_payloads(sa::OutboundMessage& message) override {
    const py::gil_scoped_acquire gil;
    if (!payloads_.is_none()) payloads_(py::cast(&message, py::return_value_policy::reference));
  }
  void on_plaintext(const sa::OutboundMessage& message, sa::Plaintext& plaintext) override {
    const py::gil_scoped_acquire gil;
    if (plaintext_.is_none()) return;
    const py::object out = plaintext_(message, py::cast(plaintext.payloads));
    if (!out.is_none()) plaintext.payloads = out.cast<Bytes>();
  }
  void on_message(const sa::OutboundMessage& message, Bytes& octets) override {
    const py::gil_scoped_acquire gil;
    if (message_.is_none()) return;
    const py::object out = message_(message, py::cast(octets));
    if (!out.is_none()) octets = out.cast<Bytes>();
  }

 private:
  py::object payloads_, plaintext_, message_;
};

class EngineObject::Judge final : public sa::Decisions {
 public:
  explicit Judge(py::object object) : object_(std::move(object)) {}

  bool accept_auth(bool verified) override {
    return ask("accept_auth", sa::Decisions::accept_auth(verified), verified);
  }
  bool demand_cookie(std::size_t half_open, std::optional<std::size_t> threshold) override {
    return ask("demand_cookie", sa::Decisions::demand_cookie(half_open, threshold), half_open, threshold);
  }
  bool accept_cookie(bool valid) override { return ask("accept_cookie", sa::Decisions::accept_cookie(valid), valid); }
  bool accept_message_id(MessageId got, MessageId expected) override {
    return ask("accept_message_id", sa::Decisions::accept_message_id(got, expected), got, expected);
  }
  std::vector<wire::TrafficSelector> narrow(const std::vector<wire::TrafficSelector>& proposed,
                                            std::vector<wire::TrafficSelector> narrowed) override {
    return ask("narrow", narrowed, proposed, narrowed);
  }
  bool discard_bad_integrity() override { return ask("discard_bad_integrity", true); }

 private:
  template <class T, class... Args>
  T ask(const char* name, T honest, const Args&... args) {
    const py::gil_scoped_acquire gil;
    const py::object asked = method(object_, name);
    return asked.is_none() ? honest : asked(args...).template cast<T>();
  }
  py::object object_;
};

std::unique_ptr<RandomSource> random_from_python(const py::object& seed) {
  if (seed.is_none()) return std::make_unique<OsRandom>();
  if (PyLong_Check(seed.ptr())) return std::make_unique<SeededRandom>(seed.cast<std::uint64_t>());
  if (PyCallable_Check(seed.ptr())) return std::make_unique<PythonRandom>(seed);
  throw py::type_error("random takes None (the operating system), a number (a seed) or a callable that gives n octets");
}

sa::Config config_from_python(const py::object& config) {
  // The package wrote what the target format can say into a file: one reader, one set of messages for both.
  const auto file = config.attr("_target_file")().cast<std::string>();
  const bool device = config.attr("side").cast<std::string>() == "dut";
  const scenarios::Target target = scenarios::find_target(file, config.attr("_data_dir")().cast<std::string>());
  sa::Config out = device ? scenarios::dut_config(target) : scenarios::harness_config(target);
  if (config.attr("peer_identity").is_none()) out.remote_id.reset();
  out.ike_port = config.attr("ike_port").cast<std::uint16_t>();
  out.nat_t_port = config.attr("nat_t_port").cast<std::uint16_t>();
  out.peer_nat_t_port = config.attr("peer_nat_t_port").cast<std::uint16_t>();
  const auto number = [&](const char* name) -> std::optional<double> {
    const py::object value = config.attr(name);
    return value.is_none() ? std::nullopt : std::optional(value.cast<double>());
  };
  if (const auto value = number("retransmit_first")) out.retransmission.first = seconds(*value);
  if (const auto value = number("retransmit_factor")) out.retransmission.factor = *value;
  if (const auto value = number("retransmit_longest")) out.retransmission.longest = seconds(*value);
  if (const auto value = number("retransmit_attempts")) out.retransmission.attempts = static_cast<int>(*value);
  if (const auto value = number("liveness_after")) out.liveness_after = seconds(*value);
  if (const auto value = number("half_open_lifetime")) out.half_open_lifetime = seconds(*value);
  if (const auto value = number("cookie_threshold")) out.cookie_threshold = static_cast<std::size_t>(*value);
  for (const py::handle id : config.attr("vendor_ids")) out.vendor_ids.push_back(id.cast<Bytes>());
  return out;
}

EngineObject::EngineObject(const py::object& config, const py::object& seed, py::object tap, py::object decisions,
                           bool log_keys)
    : random_(random_from_python(seed)) {
  sa::Seams seams;
  if (!tap.is_none()) tap_ = std::make_unique<Tap>(std::move(tap));
  if (!decisions.is_none()) judge_ = std::make_unique<Judge>(std::move(decisions));
  seams.outbound = tap_.get();
  seams.decisions = judge_.get();
  if (log_keys) seams.key_log = this;
  engine_ = std::make_unique<sa::Engine>(config_from_python(config), *random_, seams);
}

EngineObject::~EngineObject() = default;

template <class Work>
sa::Outputs EngineObject::alone(const Work& work) {
  if (busy_) throw std::runtime_error("this engine is at work in another call: one call at a time, also from its tap");
  struct Busy {
    bool& flag;
    explicit Busy(bool& held) : flag(held) { flag = true; }
    ~Busy() { flag = false; }
  } const busy(busy_);  // set and cleared with the GIL held
  const py::gil_scoped_release released;
  return work();
}

sa::Outputs EngineObject::handle(const Datagram& datagram, Instant now) {
  return alone([&] { return engine_->handle(datagram, now); });
}
sa::Outputs EngineObject::tick(Instant now) {
  return alone([&] { return engine_->tick(now); });
}
sa::Outputs EngineObject::command(const sa::Command& command, Instant now) {
  return alone([&] { return engine_->command(command, now); });
}

void EngineObject::ike_keys(const IkeSpis& spis, const crypto::IkeSuite& suite, const keys::SaKeys& keys) {
  keys_.ike.push_back({spis, suite, keys});
}
void EngineObject::child_keys(const sa::ChildKeyEntry& entry) {
  keys_.children.push_back({entry.ike, entry.suite, entry.initiator, entry.responder, entry.spi_to_initiator,
                            entry.spi_to_responder, entry.keys});
}

sa::Command command_from_python(const py::object& command) {
  const auto kind = py::type::of(command).attr("__name__").cast<std::string>();
  const auto ike = [&] { return command.attr("ike").cast<IkeSpis>(); };
  const auto inbound = [&] { return command.attr("inbound").cast<ChildSpi>(); };
  const auto selectors = [&](const char* name) {
    return command.attr(name).cast<std::vector<wire::TrafficSelector>>();
  };
  if (kind == "Initiate")
    return sa::Initiate{command.attr("local").cast<Endpoint>(), command.attr("remote").cast<Endpoint>(), {}, {}};
  if (kind == "Resume")
    return sa::Resume{command.attr("lost").cast<IkeSpis>(), command.attr("local").cast<Endpoint>(),
                      command.attr("remote").cast<Endpoint>()};
  if (kind == "RedirectClient")
    return sa::RedirectClient{ike(), sa::GatewayIdentity::of(command.attr("to").cast<IpAddress>())};
  if (kind == "RekeyChildSa") return sa::RekeyChildSa{ike(), inbound()};
  if (kind == "RekeyIkeSa") return sa::RekeyIkeSa{ike()};
  if (kind == "CreateChildSa") return sa::CreateChildSa{ike(), selectors("local_ts"), selectors("remote_ts")};
  if (kind == "DeleteChildSa") return sa::DeleteChildSa{ike(), inbound()};
  if (kind == "DeleteIkeSa") return sa::DeleteIkeSa{ike()};
  if (kind == "CheckLiveness") return sa::CheckLiveness{ike()};
  if (kind == "SendInformational") return sa::SendInformational{ike(), payloads_from_python(command.attr("payloads"))};
  if (kind == "SynchroniseMessageIds")
    return sa::SynchroniseMessageIds{ike(), command.attr("skip").cast<std::uint32_t>()};
  if (kind == "Abandon") return sa::Abandon{ike()};
  if (kind == "Retract") return sa::Retract{ike()};
  if (kind == "Move")
    return sa::Move{ike(), command.attr("local").cast<IpAddress>(), command.attr("remote").cast<IpAddress>()};
  if (kind == "AddressesChanged") return sa::AddressesChanged{command.attr("local").cast<std::vector<IpAddress>>()};
  throw py::type_error("a command is one of the classes of ikevet.engine, such as Initiate or RekeyChildSa, not " +
                       py::repr(command).cast<std::string>());
}

}  // namespace ikevet::python
