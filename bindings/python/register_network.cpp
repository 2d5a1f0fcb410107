// The virtual network: hosts by address, datagrams in an exact order, a clock that jumps from event to event.
#include <pybind11/stl/filesystem.h>

#include <map>
#include <utility>

#include "bindings/python/engine_object.hpp"
#include "bindings/python/module.hpp"
#include "engine/transport/memory_network.hpp"
#include "pcap/pcapng_writer.hpp"
#include "pcap/udp_packet.hpp"

namespace ikevet::python {

namespace {

using transport::Onward;
using transport::Reaction;

Duration seconds(double count) { return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count)); }

/// A host gives None, datagrams, an object with `datagrams` and `wake_at` (Outputs), or a pair of both.
Reaction reaction_from(const py::object& given) {
  Reaction out;
  if (given.is_none()) return out;
  if (py::hasattr(given, "wake_at")) {
    out.datagrams = given.attr("datagrams").cast<std::vector<Datagram>>();
    out.wake_at = given.attr("wake_at").cast<std::optional<Instant>>();
    return out;
  }
  for (const py::handle datagram : py::iterable(given)) out.datagrams.push_back(datagram.cast<Datagram>());
  return out;
}

/// A Python object with handle(datagram, now) and, if it wants to be woken, tick(now).
class PythonHost final : public transport::Host {
 public:
  explicit PythonHost(py::object object) : object_(std::move(object)) {}
  Reaction handle(const Datagram& datagram, Instant now) override {
    return take(object_.attr("handle")(datagram, now));
  }
  Reaction tick(Instant now) override {
    if (!py::hasattr(object_, "tick")) return {};
    return take(object_.attr("tick")(now));
  }
  Reaction take(const py::object& given) {
    if (py::isinstance<OutputsObject>(given))
      for (const EventObject& event : given.cast<const OutputsObject&>().events) events_.push_back(event);
    return reaction_from(given);
  }
  std::vector<EventObject> take_events() { return std::exchange(events_, {}); }
  const py::object& object() const { return object_; }

 private:
  py::object object_;
  std::vector<EventObject> events_;
};

/// A callable (datagram, now) -> None (lost), True (goes on), a Datagram, or an iterable of Datagrams and of pairs
/// (Datagram, delay in seconds).
class PythonFault final : public transport::Fault {
 public:
  explicit PythonFault(py::object callable) : callable_(std::move(callable)) {}
  std::vector<Onward> pass(Datagram datagram, Instant now) override {
    const py::object given = callable_(datagram, now);
    if (given.is_none() || given.is(py::bool_(false))) return {};
    if (given.is(py::bool_(true))) return {{std::move(datagram), {}}};
    if (py::isinstance<Datagram>(given)) return {{given.cast<Datagram>(), {}}};
    std::vector<Onward> out;
    for (const py::handle item : py::iterable(given)) {
      if (py::isinstance<Datagram>(item)) {
        out.push_back({item.cast<Datagram>(), {}});
      } else {
        const auto [onward, delay] = item.cast<std::pair<Datagram, double>>();
        out.push_back({onward, seconds(delay)});
      }
    }
    return out;
  }

 private:
  py::object callable_;
};

using Log = std::vector<std::pair<Instant, Datagram>>;

void write_capture(const std::filesystem::path& file, const Log& log) {
  pcap::CaptureDescription description;
  description.comment = "datagrams as ikevet sent and received them; IP and UDP headers were made for them";
  pcap::PcapngWriter writer(file, description);
  for (const auto& [at, datagram] : log) {
    const Bytes packet = pcap::udp_packet(datagram);
    writer.write(at, {packet.data(), packet.size()}, pcap::udp_packet_size(datagram), pcap::Direction::Unknown);
  }
  writer.close();
}

class NetworkObject {
 public:
  NetworkObject(Instant start, double latency) : network_(start, seconds(latency)) { add_recorder(); }

  Instant now() const { return network_.now(); }

  void attach(const IpAddress& address, const py::object& host) {
    auto& held = hosts_[address];
    for (auto& [other, known] : hosts_)
      if (known && known->object().is(host)) held = known;
    if (!held || !held->object().is(host)) held = std::make_shared<PythonHost>(host);
    network_.attach(address, *held);
  }
  void detach(const IpAddress& address) {
    network_.detach(address);
    hosts_.erase(address);
  }
  void send(const Datagram& datagram) { network_.send(datagram); }

  std::vector<EventObject> command(const IpAddress& address, const py::object& command) {
    PythonHost& host = at(address);
    network_.react(address, host.take(host.object().attr("command")(command, network_.now())));
    return host.take_events();
  }
  std::vector<EventObject> take_events(const IpAddress& address) { return at(address).take_events(); }

  void add_fault(const py::object& callable) {
    network_.clear_faults();
    faults_.push_back(callable);
    add_recorder();
    for (const py::object& fault : faults_) network_.add(std::make_unique<PythonFault>(fault));
  }
  void clear_faults() {
    faults_.clear();
    network_.clear_faults();
    add_recorder();
  }

  bool step(double at_most) { return network_.step(network_.now() + seconds(at_most)); }
  /// True when `until` held.
  bool run(double at_most, const py::object& until) {
    const Instant limit = network_.now() + seconds(at_most);
    const auto done = [&] { return !until.is_none() && until().cast<bool>(); };
    std::size_t steps = 0;
    while (!done()) {
      if (!network_.step(limit)) {
        network_.advance_to(limit);
        return done();
      }
      if (++steps % 1024 == 0 && PyErr_CheckSignals() != 0) throw py::error_already_set();
    }
    return true;
  }

  py::list log() const {
    py::list out;
    for (const auto& [at, datagram] : sent_) out.append(py::make_tuple(at, datagram));
    return out;
  }
  void write(const std::filesystem::path& file) const { write_capture(file, sent_); }

 private:
  /// Sees everything that is sent, before anything happens to it.
  class Recorder final : public transport::Fault {
   public:
    explicit Recorder(Log& sent) : sent_(sent) {}
    std::vector<Onward> pass(Datagram datagram, Instant now) override {
      sent_.emplace_back(now, datagram);
      return {{std::move(datagram), {}}};
    }

   private:
    Log& sent_;
  };
  void add_recorder() { network_.add(std::make_unique<Recorder>(sent_)); }

  PythonHost& at(const IpAddress& address) {
    const auto found = hosts_.find(address);
    if (found == hosts_.end()) throw py::key_error("nobody is attached at " + address.text());
    return *found->second;
  }

  Log sent_;
  std::map<IpAddress, std::shared_ptr<PythonHost>> hosts_;
  std::vector<py::object> faults_;
  transport::MemoryNetwork network_;
};

}  // namespace

void register_network(py::module_& m) {
  py::class_<NetworkObject>(
      m, "VirtualNetwork",
      "A network without a machine under it: the clock jumps from event to event, and the same inputs give the same\n"
      "run. Hosts are Engines, or objects with handle(datagram, now) -> datagrams and, optionally, tick(now).\n\n"
      "start: nanoseconds since the Unix epoch; latency: seconds that every datagram takes from host to host.")
      .def(py::init<Instant, double>(), py::kw_only(), py::arg("start") = transport::kVirtualEpoch,
           py::arg("latency") = 0.001)
      .def_property_readonly("now", &NetworkObject::now, "The network's time, nanoseconds since the Unix epoch.")
      .def("attach", &NetworkObject::attach, py::arg("address"), py::arg("host"),
           "The host gets what is sent to `address`, whatever the port.")
      .def("detach", &NetworkObject::detach, py::arg("address"), "Nobody is there any more.")
      .def("send", &NetworkObject::send, py::arg("datagram"), "Puts a datagram of anybody on the network.")
      .def("command", &NetworkObject::command, py::arg("address"), py::arg("command"),
           "Tells the engine at `address` to do something; gives the events of that step.")
      .def("take_events", &NetworkObject::take_events, py::arg("address"),
           "The events of the engine at `address` since they were last taken.")
      .def(
          "add_fault", &NetworkObject::add_fault, py::arg("fault"),
          "What becomes of each datagram on its way: fault(datagram, now) gives None (it is lost), True (it goes on), "
          "a Datagram in its place, or a list of Datagrams and pairs (Datagram, delay in seconds). Later ones see what "
          "earlier ones let pass.")
      .def("clear_faults", &NetworkObject::clear_faults, "Everything arrives again.")
      .def("step", &NetworkObject::step, py::arg("at_most") = 3600.0,
           "Lets the next event happen, unless it is more than `at_most` seconds away; False when there was none.")
      .def("run", &NetworkObject::run, py::arg("seconds") = 60.0, py::kw_only(), py::arg("until") = py::none(),
           "Lets things happen for that many seconds of the network's time, or until `until()` holds; says whether it "
           "does.")
      .def_property_readonly("log", &NetworkObject::log,
                             "List of (time, Datagram): everything that was sent, lost or not.")
      .def("write_capture", &NetworkObject::write, py::arg("file"), "The log as a pcapng file.");
  m.def("write_capture", &write_capture, py::arg("file"), py::arg("log"),
        "Writes a pcapng file of (time in nanoseconds, Datagram) pairs, with IP and UDP headers made for them. Raises "
        "FormatError where it cannot be written.");
}

}  // namespace ikevet::python
