// Capture files, packet by packet; and the messages of a trace.
#include <fmt/format.h>
#include <pybind11/stl/filesystem.h>

#include <memory>

#include "bindings/cli/packet_decoder.hpp"
#include "bindings/python/module.hpp"
#include "bindings/python/net_casters.hpp"
#include "engine/wire/describe.hpp"
#include "engine/wire/field_tree.hpp"
#include "pcap/capture_file.hpp"
#include "pcap/capture_keys.hpp"
#include "pcap/key_files.hpp"

namespace ikevet::python {

namespace py = pybind11;

namespace {

using cli::DecodedPacket;
using trace::MessageRecord;

class CaptureObject {
 public:
  CaptureObject(const std::filesystem::path& file, const std::vector<std::filesystem::path>& keys, bool search_keys)
      : file_(file), decoder_(keys_) {
    if (search_keys)
      for (const auto& beside : pcap::key_files_beside(file)) try {
          keys_.add_file(beside);
        } catch (const pcap::KeyFileError& error) {
          warnings_.emplace_back(error.what());
        }
    for (const auto& key_file : keys) keys_.add_file(key_file);
  }

  std::shared_ptr<DecodedPacket> next() {
    std::shared_ptr<DecodedPacket> out;
    {
      const py::gil_scoped_release released;
      if (auto packet = file_.next()) {
        out = std::make_shared<DecodedPacket>(decoder_.decode(std::move(*packet)));
        out->comments = file_.comments();
        // The stream forgets earlier messages; that there was one stays with the later.
        if (out->message && out->repeats_frame && !out->message->repeats) out->message->repeats = 0;
      }
    }
    if (!out) throw py::stop_iteration();
    return out;
  }

  std::string_view format() const { return file_.format(); }
  std::optional<std::string> trouble() const {
    const auto found = file_.trouble();
    return found ? std::optional<std::string>(found->what()) : std::nullopt;
  }
  const std::vector<std::string>& warnings() const { return warnings_; }
  const cli::PacketDecoder& decoder() const { return decoder_; }

 private:
  pcap::CaptureFile file_;
  pcap::CaptureKeys keys_;
  std::vector<std::string> warnings_;
  cli::PacketDecoder decoder_;
};

py::tuple tuple_of(const std::vector<wire::Payload>& payloads) {
  py::tuple out(payloads.size());
  for (std::size_t i = 0; i < payloads.size(); ++i) out[i] = py::cast(payloads[i]);
  return out;
}

void register_messages(py::module_& m) {
  py::class_<MessageRecord>(
      m, "SeenMessage",
      "An IKE message of a capture or of a run, opened where the keys are known.\n\n"
      "`str(message)` is the RFC's notation: 'IKE_AUTH HDR(...), SK {IDi, AUTH, SAi2, TSi, TSr}'.")
      .def_readonly("frame", &MessageRecord::frame, "Frame number in the capture, from 1; 0: not in there.")
      .def_readonly("at", &MessageRecord::at, "When, nanoseconds since the Unix epoch.")
      .def_property_readonly(
          "sender", [](const MessageRecord& s) { return trace::name(s.from); },
          "'harness' or 'dut'. In a capture: the original initiator's side is 'harness'.")
      .def_readonly("source", &MessageRecord::source, "Endpoint it comes from.")
      .def_readonly("destination", &MessageRecord::destination, "Endpoint it goes to.")
      .def_readonly("octets", &MessageRecord::octets, "The message without a non-ESP marker.")
      .def_readonly("message", &MessageRecord::outer, "The Message as it stands on the wire; SK stays closed in it.")
      .def_property_readonly(
          "payloads", [](const MessageRecord& s) { return tuple_of(s.payloads()); },
          "The payloads that matter, a tuple of Payload: those inside SK where it was opened, else those in clear.")
      .def_property_readonly(
          "protection", [](const MessageRecord& s) { return trace::name(s.protection); },
          "'clear', 'opened', 'bad-integrity', 'bad-padding', 'too-short', 'no-keys', 'fragment'.  RFC 7296 §3.14.")
      .def_readonly("plaintext", &MessageRecord::plaintext, "Octets inside SK, without padding; empty unless opened.")
      .def_property_readonly(
          "exchange", [](const MessageRecord& s) { return s.outer.header.exchange; }, "Exchange Type (ExchangeType).")
      .def_property_readonly(
          "message_id", [](const MessageRecord& s) { return s.outer.header.message_id; }, "Message ID.")
      .def_property_readonly(
          "spis", [](const MessageRecord& s) { return s.outer.header.spis; },
          "(SPI of the initiator, of the responder).")
      .def_property_readonly("is_response", &MessageRecord::is_response, "The R flag.")
      .def_property_readonly(
          "is_retransmission", [](const MessageRecord& s) { return s.repeats.has_value(); },
          "The same sender, SPIs, Message ID and R flag came before.  RFC 7296 §2.1.")
      .def_property_readonly(
          "faults",
          [](const MessageRecord& s) {
            std::vector<std::string> out;
            for (const ParseError& fault : s.outer.faults) out.push_back(fault.text());
            for (const ParseError& fault : s.inner_faults) out.push_back(fault.text());
            return out;
          },
          "What is structurally wrong, inside SK too: one string each.")
      .def(
          "find",
          [](const MessageRecord& s, const py::type& cls) -> py::object {
            for (const wire::Payload& p : s.payloads()) {
              py::object body = py::cast(p.body);
              if (py::isinstance(body, cls)) return body;
            }
            return py::none();
          },
          py::arg("cls"), "A copy of the first payload body of a class in `payloads`; None when there is none.")
      .def(
          "find_notify",
          [](const MessageRecord& s, wire::NotifyType type) -> py::object {
            const wire::Notify* found = wire::find_notify(s.payloads(), type);
            return found ? py::cast(*found) : py::none();
          },
          py::arg("type"), "A copy of the first notification of a type in `payloads`; None when there is none.")
      .def(
          "text_tree",
          [](const MessageRecord& s) {
            std::string out = wire::text(wire::field_tree(s.octets));
            if (s.protection == trace::Protection::Opened)
              out += wire::text(wire::field_tree(cli::first_inner(s), s.plaintext));
            return lenient(out);
          },
          "Every field with its offset, as indented text.")
      .def("__str__", [](const MessageRecord& s) { return lenient(cli::notation(s)); })
      .def("__repr__", [](const MessageRecord& s) { return lenient("<SeenMessage " + cli::notation(s) + ">"); });
}

}  // namespace

void register_capture(py::module_& m) {
  register_messages(m);
  py::class_<DecodedPacket, std::shared_ptr<DecodedPacket>>(m, "Packet", "A frame of a capture.")
      .def_property_readonly(
          "frame", [](const DecodedPacket& p) { return p.packet.frame; }, "Number in the capture file, from 1.")
      .def_property_readonly(
          "at", [](const DecodedPacket& p) { return p.packet.at; }, "Nanoseconds since the Unix epoch.")
      .def_property_readonly(
          "source", [](const DecodedPacket& p) { return p.packet.datagram.source; },
          "Endpoint; port 0 where the protocol has none.")
      .def_property_readonly(
          "destination", [](const DecodedPacket& p) { return p.packet.datagram.destination; },
          "Endpoint; port 0 where the protocol has none.")
      .def_property_readonly(
          "payload", [](const DecodedPacket& p) { return p.packet.datagram.payload; }, "Octets behind the headers.")
      .def_readonly("kind", &DecodedPacket::what, "'IKE', 'IKEv1', 'ESP', 'ESP in UDP', 'NAT keepalive', 'ICMP', ...")
      .def_property_readonly(
          "detail", [](const DecodedPacket& p) { return lenient(p.detail); }, "What else there is to say.")
      .def_property_readonly(
          "comments",
          [](const DecodedPacket& p) {
            py::list out;
            for (const std::string& comment : p.comments) out.append(lenient(comment));
            return out;
          },
          "Comments of a pcapng file, a list.")
      .def_property_readonly(
          "truncated", [](const DecodedPacket& p) { return p.packet.truncated; },
          "The capture holds less than the packet had.")
      .def_property_readonly(
          "message", [](const DecodedPacket& p) -> const MessageRecord* { return p.message ? &*p.message : nullptr; },
          py::return_value_policy::reference_internal, "The IKE message (SeenMessage); None for anything else.")
      .def_readonly("retransmission_of", &DecodedPacket::repeats_frame,
                    "Frame of which the message is a retransmission; else None.  RFC 7296 §2.1.")
      .def_readonly("answers", &DecodedPacket::answers_frame,
                    "Frame of the request that the response answers, or None.")
      .def_property_readonly(
          "esp_spi", [](const DecodedPacket& p) { return p.esp ? std::optional(p.esp->header.spi) : std::nullopt; },
          "SPI of an ESP packet; else None.  RFC 4303 §2.1.")
      .def_property_readonly(
          "esp_sequence",
          [](const DecodedPacket& p) { return p.esp ? std::optional(p.esp->header.sequence) : std::nullopt; },
          "Sequence Number of an ESP packet; else None.  RFC 4303 §2.2.")
      .def_property_readonly(
          "esp_content", [](const DecodedPacket& p) { return lenient(p.esp ? p.esp->content : std::string()); },
          "What is inside an ESP packet, in words; empty when it could not be opened.")
      .def("__repr__", [](const DecodedPacket& p) {
        return fmt::format("<Packet {} {} {} > {}>", p.packet.frame, p.what, p.packet.datagram.source.text(),
                           p.packet.datagram.destination.text());
      });
  py::class_<CaptureObject>(m, "CaptureReader", "Iterates over the packets of a capture; use ikevet.open_capture().")
      .def(py::init<const std::filesystem::path&, const std::vector<std::filesystem::path>&, bool>(), py::arg("file"),
           py::kw_only(), py::arg("keys") = std::vector<std::filesystem::path>{}, py::arg("search_keys") = true,
           py::call_guard<py::gil_scoped_release>())
      .def("__iter__", [](py::object self) { return self; })
      .def("__next__", &CaptureObject::next)
      .def_property_readonly("format", &CaptureObject::format, "'pcap', 'pcapng', 'bare IKE message'.")
      .def_property_readonly("trouble", &CaptureObject::trouble,
                             "Why the packets ended before the file did; None for a sound file. Ask at the end.")
      .def_property_readonly("key_warnings", &CaptureObject::warnings,
                             "Key files beside the capture that could not be used, with the reason.")
      .def_property_readonly(
          "opened", [](const CaptureObject& self) { return self.decoder().opened(); },
          "Messages so far whose SK payload was opened.")
      .def_property_readonly(
          "lacking", [](const CaptureObject& self) { return self.decoder().lacking(); },
          "Which SAs so far lack which keys, or have some that do not fit: a sentence for each.")
      .def_property_readonly(
          "closed", [](const CaptureObject& self) { return self.decoder().closed(); },
          "Messages so far whose SK payload stayed closed.");
}

}  // namespace ikevet::python
