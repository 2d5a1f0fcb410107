// The sans-IO engine: octets, time and commands in; datagrams, events and a wake-up time out.
#include <fmt/format.h>
#include <pybind11/stl/filesystem.h>

#include "bindings/python/engine_object.hpp"
#include "bindings/python/module.hpp"
#include "bindings/python/structs.hpp"
#include "engine/wire/describe.hpp"
#include "pcap/key_files.hpp"
#include "reports/event_json.hpp"

namespace ikevet::python {

namespace {

std::string json_text(const EventObject& self) {
  return reports::fields_of(self.event).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

py::object fields(const EventObject& self) { return py::module_::import("json").attr("loads")(json_text(self)); }

EventObject event_from(const std::string& name, const std::string& json) {
  auto event = reports::event_from(name, nlohmann::ordered_json::parse(json));
  if (!event) throw py::value_error("no event is called '" + name + "'");
  return {std::move(*event)};
}

std::string_view name(sa::IkeSaView::Stage stage) {
  switch (stage) {
    case sa::IkeSaView::Stage::HalfOpen:
      return "half-open";
    case sa::IkeSaView::Stage::Authenticating:
      return "authenticating";
    case sa::IkeSaView::Stage::Established:
      break;
  }
  return "established";
}

OutputsObject from_engine(sa::Outputs outputs) {
  OutputsObject out{std::move(outputs.datagrams), {}, outputs.wake_at};
  for (trace::Event& event : outputs.events) out.events.push_back({std::move(event)});
  return out;
}

void register_events(py::module_& m) {
  auto datagram = Struct<Datagram>(m, "Datagram",
                                   "One UDP datagram. Endpoints are text: '192.0.2.1:500', '[2001:db8::1]:4500'.\n\n"
                                   "On port 4500 `payload` begins with the non-ESP marker.  RFC 7296 §2.23, §3.1.")
                      .field("source", &Datagram::source, "Address and port it comes from.")
                      .field("destination", &Datagram::destination, "Address and port it goes to.")
                      .field("payload", &Datagram::payload, "What stands behind the UDP header, octets.")
                      .done();
  py::class_<EventObject>(m, "Event",
                          "What an engine says happened. `str(event)` is a line for people.\n\n"
                          "name: as in trace.jsonl, e.g. 'ike-sa-established', 'child-sa-closed', 'retransmitted'.\n"
                          "fields: its values; SPIs as hexadecimal text, endpoints as '192.0.2.1:500'.")
      .def_property_readonly(
          "name", [](const EventObject& e) { return trace::name(e.event); }, "E.g. 'ike-sa-established'.")
      .def_property_readonly("fields", &fields, "Its values by name, as in trace.jsonl.")
      .def("__str__", [](const EventObject& e) { return lenient(trace::text(e.event)); })
      .def("__repr__", [](const EventObject& e) { return lenient(fmt::format("<Event {}>", trace::text(e.event))); })
      .def("__eq__",
           [](const EventObject& a, const py::object& b) {
             return py::isinstance<EventObject>(b) &&
                    trace::name(a.event) == trace::name(b.cast<const EventObject&>().event) &&
                    fields(a).equal(fields(b.cast<const EventObject&>()));
           })
      .def(py::pickle(
          [](const EventObject& e) { return py::make_tuple(std::string(trace::name(e.event)), json_text(e)); },
          [](const py::tuple& state) {
            return event_from(state[0].cast<std::string>(), state[1].cast<std::string>());
          }))
      .attr("__hash__") = py::none();
  py::class_<OutputsObject>(m, "Outputs", "What a step of an engine gives.")
      .def_readonly("datagrams", &OutputsObject::datagrams, "List of Datagram to send, in this order.")
      .def_readonly("events", &OutputsObject::events, "List of Event, in this order.")
      .def_readonly("wake_at", &OutputsObject::wake_at,
                    "Call tick() no later than this, nanoseconds since the Unix epoch; None: nothing is pending.")
      .def("__repr__", [](const OutputsObject& o) {
        return fmt::format("<Outputs: {} datagrams, {} events>", o.datagrams.size(), o.events.size());
      });
}

void register_views(py::module_& m) {
  using sa::ChildSaView;
  using sa::IkeSaView;
  py::class_<ChildSaView>(m, "ChildSa", "A live Child SA.  RFC 7296 §2.9, §1.3.1.")
      .def_readonly("inbound", &ChildSaView::inbound, "SPI that we receive under.")
      .def_readonly("outbound", &ChildSaView::outbound, "SPI that the peer receives under.")
      .def_readonly("local_ts", &ChildSaView::local_ts, "List of TrafficSelector.")
      .def_readonly("remote_ts", &ChildSaView::remote_ts, "List of TrafficSelector.")
      .def_property_readonly(
          "encr", [](const ChildSaView& c) { return c.suite.encr; }, "Cipher (EncrId).")
      .def_property_readonly(
          "transport_mode", [](const ChildSaView& c) { return c.manner.transport_mode; },
          "True in transport mode, RFC 7296 §1.3.1.")
      .def("__repr__", [](const ChildSaView& c) {
        return fmt::format("<ChildSa in {:08x} out {:08x}>", c.inbound.value, c.outbound.value);
      });
  py::class_<IkeSaView>(m, "IkeSa", "A live IKE SA of an engine, as it is at the moment of asking.")
      .def_readonly("spis", &IkeSaView::spis, "(SPI of the original initiator, SPI of the responder): names the SA.")
      .def_readonly("initiator", &IkeSaView::we_are_original_initiator, "We are its original initiator.")
      .def_property_readonly(
          "stage", [](const IkeSaView& s) { return name(s.stage); }, "'half-open', 'authenticating', 'established'.")
      .def_readonly("local", &IkeSaView::local, "Our endpoint.")
      .def_readonly("remote", &IkeSaView::remote, "The peer's endpoint.")
      .def_readonly("next_request", &IkeSaView::next_request, "Message ID of our next request.  RFC 7296 §2.2.")
      .def_readonly("next_peer_request", &IkeSaView::next_peer_request, "The Message ID that we expect of the peer.")
      .def_readonly("children", &IkeSaView::children, "List of ChildSa.")
      .def_readonly("internal_addresses", &IkeSaView::internal_addresses, "RFC 7296 §2.19: assigned to us, or by us.")
      .def_readonly("local_behind_nat", &IkeSaView::local_behind_nat, "NAT detection says so.  RFC 7296 §2.23.")
      .def_readonly("peer_behind_nat", &IkeSaView::peer_behind_nat, "NAT detection says so.  RFC 7296 §2.23.")
      .def_readonly("mobike", &IkeSaView::mobike, "MOBIKE was agreed.  RFC 4555 §3.2.")
      .def_property_readonly(
          "encr", [](const IkeSaView& s) { return s.suite.encr; }, "Cipher (EncrId).")
      .def_property_readonly(
          "key_bits", [](const IkeSaView& s) { return s.suite.key_bits; }, "Its Key Length; 0 where it has none.")
      .def_property_readonly(
          "prf", [](const IkeSaView& s) { return s.suite.prf; }, "Pseudorandom function (PrfId).")
      .def_property_readonly(
          "integ", [](const IkeSaView& s) { return s.suite.integ; }, "Integrity algorithm (IntegId).")
      .def_property_readonly(
          "group", [](const IkeSaView& s) { return s.suite.group; }, "Key exchange (DhGroup).")
      .def("__repr__", [](const IkeSaView& s) {
        return fmt::format("<IkeSa {:016x} {:016x} {}>", s.spis.i.value, s.spis.r.value, name(s.stage));
      });
}

void register_tap(py::module_& m) {
  using sa::OutboundMessage;
  py::class_<OutboundMessage>(m, "OutboundMessage",
                              "A message on its way out, before it is serialised: what a tap sees.\n\n"
                              "Valid only while the tap's method runs.")
      .def_property_readonly(
          "exchange", [](const OutboundMessage& s) { return s.header.exchange; }, "Exchange Type (ExchangeType).")
      .def_property_readonly(
          "is_response", [](const OutboundMessage& s) { return s.header.is_response(); }, "The R flag.")
      .def_property_readonly(
          "spis", [](const OutboundMessage& s) { return s.header.spis; }, "(SPI of the initiator, of the responder).")
      .def_property(
          "message_id", [](const OutboundMessage& s) { return s.header.message_id; },
          [](OutboundMessage& s, MessageId id) { s.header.message_id = id; }, "Message ID.")
      .def_property(
          "flags", [](const OutboundMessage& s) { return s.header.flags; },
          [](OutboundMessage& s, std::uint8_t flags) { s.header.flags = flags; }, "The Flags octet.")
      .def_property(
          "payloads",
          [](const OutboundMessage& s) {
            py::tuple out(s.payloads.size());
            for (std::size_t i = 0; i < s.payloads.size(); ++i) out[i] = py::cast(s.payloads[i]);
            return out;
          },
          [](OutboundMessage& s, const py::iterable& list) { s.payloads = payloads_from_python(list); },
          "Inside SK when `encrypted`, in clear otherwise: a tuple of copies; assign a new sequence to change them.")
      .def_readonly("encrypted", &OutboundMessage::encrypted, "The payloads go inside an SK payload.  RFC 7296 §3.14.")
      .def("__repr__", [](const OutboundMessage& s) {
        return fmt::format("<OutboundMessage {}: {} payloads>", wire::describe_header(s.header), s.payloads.size());
      });
}

}  // namespace

void register_engine(py::module_& m) {
  register_events(m);
  register_views(m);
  register_tap(m);
  py::class_<EngineObject>(
      m, "Engine",
      "An IKEv2 engine as a step function: any number of IKE SAs, as initiator and responder alike.  RFC 7296.\n\n"
      "It reads no clock and no socket: `now` is nanoseconds since the Unix epoch on the caller's time line, and "
      "never\n"
      "goes back. Whatever octets arrive, nothing is raised: what a peer does wrong is an event.\n\n"
      "    engine = ikevet.Engine(ikevet.EngineConfig(...), random=7)\n"
      "    out = engine.command(ikevet.Initiate('192.0.2.1:500', '192.0.2.2:500'), now=0)\n"
      "    ... send out.datagrams, call engine.tick(now) at out.wake_at, engine.handle(datagram, now) for what "
      "comes\n\n"
      "random: None for the operating system's, a number as seed (the same octets every time), or a callable that "
      "gives\n"
      "    n octets when called with n: for chosen SPIs, nonces and private values.\n"
      "tap: an object with any of on_payloads(message), on_plaintext(message, octets), on_message(message, octets); "
      "the\n"
      "    latter two may return other octets. The engine is honest: this is where messages are altered.\n"
      "decisions: an object with any of accept_auth(verified), demand_cookie(half_open, threshold), "
      "accept_cookie(valid),\n"
      "    accept_message_id(got, expected), narrow(proposed, narrowed), discard_bad_integrity().\n"
      "log_keys: keep all keys, for write_keys().\n\n"
      "Raises FormatError for a configuration that cannot be used. The GIL is released while the engine works.")
      .def(py::init<const py::object&, const py::object&, py::object, py::object, bool>(), py::arg("config"),
           py::kw_only(), py::arg("random") = py::none(), py::arg("tap") = py::none(),
           py::arg("decisions") = py::none(), py::arg("log_keys") = false)
      .def(
          "handle",
          [](EngineObject& self, const Datagram& datagram, Instant now) {
            return from_engine(self.handle(datagram, now));
          },
          py::arg("datagram"), py::arg("now"), "Something arrived. Gives Outputs.")
      .def(
          "tick", [](EngineObject& self, Instant now) { return from_engine(self.tick(now)); }, py::arg("now"),
          "Time passed. Gives Outputs.")
      .def(
          "command",
          [](EngineObject& self, const py::object& command, Instant now) {
            return from_engine(self.command(command_from_python(command), now));
          },
          py::arg("command"), py::arg("now"),
          "Does what it is told (Initiate, RekeyChildSa, ...). Gives Outputs. ValueError when the command names an SA "
          "that does not exist.")
      .def_property_readonly(
          "ike_sas", [](const EngineObject& self) { return self.engine().ike_sas(); }, "List of live IkeSa.")
      .def_property_readonly(
          "half_open", [](const EngineObject& self) { return self.engine().half_open(); },
          "IKE SAs as responder whose IKE_AUTH has not come.")
      .def(
          "write_keys",
          [](const EngineObject& self, const std::filesystem::path& folder) {
            pcap::write_key_files(folder, self.keys());
          },
          py::arg("folder"),
          "Writes keys.json and Wireshark's ikev2_decryption_table and esp_sa into a folder that exists (0600). Only "
          "with log_keys.");
  m.def("_event", &event_from, py::arg("name"), py::arg("fields"));
}

}  // namespace ikevet::python
