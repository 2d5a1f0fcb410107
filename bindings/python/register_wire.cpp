// Messages: parse, build, describe.  RFC 7296 §3.1 and §3.2.
#include <fmt/format.h>

#include <chrono>

#include "bindings/python/module.hpp"
#include "bindings/python/structs.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/field_tree.hpp"
#include "engine/wire/message.hpp"

namespace ikevet::python {

namespace {

using namespace wire;

py::dict to_dict(const FieldNode& node) {
  py::dict out;
  out["name"] = node.name;
  out["offset"] = node.offset;
  out["size"] = node.size;
  out["value"] = node.value;
  if (!node.fault.empty()) out["fault"] = node.fault;
  py::list children;
  for (const FieldNode& child : node.children) children.append(to_dict(child));
  out["children"] = children;
  return out;
}

constexpr std::size_t kLong = 4096;  // octets from which others may run meanwhile

Message parse(BytesView octets) {
  auto message = Message::parse(octets);
  if (!message) throw py::value_error("not an IKE message: " + message.error().text());
  return std::move(*message);
}

/// Without a copy of the octets.
Message parse_object(const py::object& octets) {
  if (PyBytes_Check(octets.ptr())) {
    const BytesView view(reinterpret_cast<const std::uint8_t*>(PyBytes_AS_STRING(octets.ptr())),
                         static_cast<std::size_t>(PyBytes_GET_SIZE(octets.ptr())));
    if (view.size() < kLong) return parse(view);
    Result<Message> message = [&] {
      const py::gil_scoped_release released;
      return Message::parse(view);
    }();
    if (!message) throw py::value_error("not an IKE message: " + message.error().text());
    return std::move(*message);
  }
  py::detail::make_caster<Bytes> caster;
  if (!caster.load(octets, true))
    throw py::type_error("octets is bytes, or another buffer of octets, not " + py::repr(octets).cast<std::string>());
  return parse(py::detail::cast_op<Bytes&>(caster));
}

/// Seconds that `count` parses take without Python: what the measuring program compares with.
double time_parse(const py::bytes& octets, std::size_t count) {
  const auto view = static_cast<std::string_view>(octets);
  const BytesView in(reinterpret_cast<const std::uint8_t*>(view.data()), view.size());
  const auto began = std::chrono::steady_clock::now();
  std::size_t payloads = 0;
  for (std::size_t i = 0; i < count; ++i) payloads += Message::parse(in)->payloads.size();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  return payloads == 0 ? 0.0 : took.count();
}

py::tuple payloads(const Message& self) {
  py::tuple out(self.payloads.size());
  for (std::size_t i = 0; i < self.payloads.size(); ++i) out[i] = py::cast(self.payloads[i]);
  return out;
}

}  // namespace

std::vector<Payload> payloads_from_python(const py::iterable& list) {
  std::vector<Payload> out;
  for (const py::handle item : list) {
    if (py::isinstance<Payload>(item))
      out.push_back(item.cast<Payload>());
    else
      try {
        out.push_back(Payload{item.cast<PayloadBody>(), false, 0});
      } catch (const py::cast_error&) {
        throw py::type_error("payloads takes Payload objects or payload bodies such as Nonce(data=...), not " +
                             py::repr(item).cast<std::string>());
      }
  }
  return out;
}

void register_wire(py::module_& m) {
  auto payload = Struct<Payload>(m, "Payload", "A payload with its generic header.  RFC 7296 §3.2.")
                     .field("body", &Payload::body, "One of the payload classes.")
                     .field("critical", &Payload::critical, "The C bit.")
                     .field("reserved", &Payload::reserved, "The seven RESERVED bits, as a number below 128.")
                     .done();
  payload.def_property_readonly("type", &Payload::type, "Payload type (PayloadType or int).");

  auto message = py::class_<Message>(
      m, "Message",
      "An IKE message as it stands on the wire, without a non-ESP marker.  RFC 7296 §3.1.\n\n"
      "`bytes(Message.parse(x)) == x` for every x that is structurally sound (`not message.faults`).");
  message
      .def(py::init([](ExchangeType exchange, IkeSpi spi_i, IkeSpi spi_r, MessageId id, bool response, bool initiator,
                       const py::iterable& list) {
             Message out;
             out.header.exchange = exchange;
             out.header.spis = {spi_i, spi_r};
             out.header.message_id = id;
             out.header.flags =
                 static_cast<std::uint8_t>((response ? kFlagResponse : 0) | (initiator ? kFlagInitiator : 0));
             out.payloads = payloads_from_python(list);
             return out;
           }),
           py::kw_only(), py::arg("exchange"), py::arg("spi_i") = IkeSpi{}, py::arg("spi_r") = IkeSpi{},
           py::arg("message_id") = MessageId{}, py::arg("response") = false, py::arg("initiator") = true,
           py::arg("payloads") = py::tuple(),
           "A message of version 2.0. Length and Next Payload fields are computed by bytes().")
      .def_static("parse", &parse_object, py::arg("octets"),
                  "Reads any octets. Raises ValueError only when fewer than the 28 of the header are there; whatever "
                  "else is wrong is listed in `faults`.")
      .def("__bytes__", &Message::octets)
      .def_property(
          "exchange", [](const Message& s) { return s.header.exchange; },
          [](Message& s, ExchangeType v) { s.header.exchange = v; }, "Exchange Type (ExchangeType or int).")
      .def_property(
          "spi_i", [](const Message& s) { return s.header.spis.i; }, [](Message& s, IkeSpi v) { s.header.spis.i = v; },
          "IKE SA Initiator's SPI.")
      .def_property(
          "spi_r", [](const Message& s) { return s.header.spis.r; }, [](Message& s, IkeSpi v) { s.header.spis.r = v; },
          "IKE SA Responder's SPI.")
      .def_property(
          "message_id", [](const Message& s) { return s.header.message_id; },
          [](Message& s, MessageId v) { s.header.message_id = v; }, "Message ID.")
      .def_property(
          "flags", [](const Message& s) { return s.header.flags; },
          [](Message& s, std::uint8_t v) { s.header.flags = v; }, "The Flags octet, reserved bits included.")
      .def_property(
          "version", [](const Message& s) { return s.header.version; },
          [](Message& s, std::uint8_t v) { s.header.version = v; }, "Major and minor version: 0x20 is 2.0.")
      .def_property_readonly(
          "is_response", [](const Message& s) { return s.header.is_response(); }, "The R flag.")
      .def_property_readonly(
          "is_from_original_initiator", [](const Message& s) { return s.header.is_from_original_initiator(); },
          "The I flag.")
      .def_property(
          "payloads", &payloads, [](Message& s, const py::iterable& v) { s.payloads = payloads_from_python(v); },
          "The payloads as a tuple; assign a new sequence to change them. Bodies are accepted too.")
      .def_property_readonly(
          "faults",
          [](const Message& s) {
            std::vector<std::string> out;
            for (const ParseError& fault : s.faults) out.push_back(fault.text());
            return out;
          },
          "What is structurally wrong: field, offset and reason, one string each.")
      .def_readonly("trailing", &Message::trailing, "Octets past the payload chain or past the header's Length.")
      .def(
          "find",
          [](const Message& s, const py::type& cls) -> py::object {
            for (const Payload& p : s.payloads) {
              py::object body = py::cast(p.body);
              if (py::isinstance(body, cls)) return body;
            }
            return py::none();
          },
          py::arg("cls"),
          "A copy of the first payload body of a class, e.g. find(KeyExchange); None when there is none.")
      .def(
          "find_notify",
          [](const Message& s, NotifyType type) -> py::object {
            const Notify* found = find_notify(s.payloads, type);
            return found ? py::cast(*found) : py::none();
          },
          py::arg("type"), "A copy of the first notification of a type; None when there is none.")
      .def(
          "tree", [](const Message& s) { return to_dict(field_tree(s.octets())); },
          "The fields as nested dicts: name (the RFC's), offset, size, value, children, and fault where there is one.")
      .def("__str__", [](const Message& s) { return describe(s); })
      .def("__repr__",
           [](const Message& s) { return fmt::format("<Message {}: {}>", describe_header(s.header), describe(s)); })
      .def("__eq__",
           [](const Message& a, const py::object& b) -> py::object {
             if (!py::isinstance<Message>(b)) return py::reinterpret_borrow<py::object>(Py_NotImplemented);
             return py::bool_(a.octets() == b.cast<const Message&>().octets());
           })
      .def(py::pickle([](const Message& s) { return py::make_tuple(s.octets()); },
                      [](const py::tuple& state) { return parse(state[0].cast<Bytes>()); }));
  message.attr("__hash__") = py::none();
  m.def("_time_parse", &time_parse, py::arg("octets"), py::arg("count"));
}

}  // namespace ikevet::python
