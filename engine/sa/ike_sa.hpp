// One IKE SA: its states, and what moves it from one to the next.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "engine/crypto/dh.hpp"
#include "engine/crypto/prf.hpp"
#include "engine/crypto/suite.hpp"
#include "engine/eap/method.hpp"
#include "engine/keys/key_schedule.hpp"
#include "engine/keys/sk_cipher.hpp"
#include "engine/sa/child_sa.hpp"
#include "engine/sa/engine.hpp"
#include "engine/sa/extension/puzzle.hpp"
#include "engine/sa/extension/ticket.hpp"
#include "engine/sa/follow_up.hpp"
#include "engine/sa/message_io.hpp"
#include "engine/sa/mobility.hpp"
#include "engine/sa/purpose.hpp"
#include "engine/sa/reassembly.hpp"
#include "engine/sa/succession.hpp"
#include "engine/sa/window.hpp"

namespace ikevet::sa {

class AddressPool;
class IkeSa;
struct Established;
struct Extras;
struct Facts;

/// What an IKE SA may ask of the engine that holds it.
class Registry {
 public:
  virtual ~Registry() = default;
  virtual ChildSpi new_child_spi() = 0;
  /// INITIAL_CONTACT, RFC 7296 §2.4: other established IKE SAs with this peer are gone.
  virtual void supersede(const Identity& peer, IkeSpis except, Outputs& out) = 0;
  virtual bool has_other_sa_with(const Identity& peer, IkeSpis except) const = 0;
  virtual AddressPool& addresses() = 0;
  virtual TicketKeeper& tickets() = 0;
  /// Keeps a ticket for when the IKE SA is lost, RFC 5723 §6.2.
  virtual void keep_ticket(IkeSpis ike, Ticket ticket) = 0;
  /// To begin another IKE SA once this step is done.
  virtual void initiate_next(Initiate command) = 0;
  /// To delete another IKE SA, if it is still there, once this step is done.
  virtual void delete_next(IkeSpis ike, trace::CloseReason reason = trace::CloseReason::DeletedByUs) = 0;
  virtual IkeSpi new_ike_spi() = 0;
  /// An IKE SA made by rekeying another one; messages for it are understood from here on.
  virtual void add_successor(Facts facts, Established state) = 0;
  /// Null when there is none with these SPIs.
  virtual IkeSa* find(IkeSpis ike) = 0;
  /// Another IKE SA was given something to do: it begins once this step is done.
  virtual void resume_next(IkeSpis ike) = 0;
};

/// What stays the same from step to step.
struct Environment {
  const Config& config;
  RandomSource& random;
  OutboundTap& tap;
  Decisions& decisions;
  KeyLog* key_log;  ///< may be null
  Registry& registry;
};

/// One call into the engine.
struct Step {
  Environment& env;
  Instant now;
  Outputs& out;
};

/// Who the two sides are. Endpoints change with NAT traversal (§2.23).
struct Facts {
  IkeSpis spis;
  bool original_initiator{};  ///< we are
  Endpoint local;
  Endpoint remote;
  bool peer_behind_nat{};
  bool local_behind_nat{};
  bool nat_detection{};                  ///< both sides sent NAT_DETECTION_*_IP, §2.23
  std::shared_ptr<Mobility> mobility{};  ///< null: without MOBIKE. A successor by rekeying takes it over, RFC 4555 §1.3

  std::optional<bool> began_series{};  ///< set by rekeying, which may turn the roles round

  /// Did we begin the first IKE SA of a series of rekeyings? To be redirected, to authenticate anew and the like
  /// concern that party, whoever rekeyed since.
  bool client() const { return began_series.value_or(original_initiator); }
  bool behind_nat() const { return peer_behind_nat || local_behind_nat; }

  IkeSpi our_spi() const { return original_initiator ? spis.i : spis.r; }
  /// Header of a message of ours; the I flag tells who began the IKE SA, not who began the exchange (§3.1).
  wire::IkeHeader header(wire::ExchangeType exchange, MessageId id, bool response) const;
};

/// Everything that exists once IKE_SA_INIT is done.
struct Secured {
  crypto::IkeSuite suite;
  crypto::Prf prf;
  SecretBytes sk_d;
  keys::SkCipher outbound;
  keys::SkCipher inbound;
  MessageId next_request;  ///< of ours
  ResponseWindow theirs;
  /// The peer's keys before the last additional key exchange (RFC 9370 §2.2.2): a repeated IKE_INTERMEDIATE request is
  /// protected with them. Gone with the next request.
  std::unique_ptr<keys::SkCipher> superseded{};

  /// The keys that a message with this header is protected with.
  const keys::SkCipher& inbound_for(const wire::IkeHeader& header) const {
    const bool repeated = header.is_request() && theirs.place(header.message_id) == ResponseWindow::Place::Repeated;
    return superseded && repeated ? *superseded : inbound;
  }

  bool fragmentation{};     ///< agreed in IKE_SA_INIT, RFC 7383 §2.3
  std::size_t threshold{};  ///< of an IP datagram, as probing or the peer's fragments taught; 0: as configured, §2.5.1
  Reassembly fragments{};
};

/// What AUTH is computed over, §2.15; gone once both sides are authenticated.
struct AuthInputs {
  Bytes real_message_i;
  Bytes real_message_r;
  Bytes ni;
  Bytes nr;
  SecretBytes sk_pi;
  SecretBytes sk_pr;
  /// RFC 9242 §3.3.2: IntAuth, which both sides append to their signed octets, without the Message ID of the first
  /// IKE_AUTH request; empty without IKE_INTERMEDIATE exchanges.
  Bytes int_auth;
  /// RFC 8784 §3: SK_d, SK_pi and SK_pr with the PPK mixed in, to be used in their place; empty: no PPK, or not yet.
  struct PpkKeys {
    SecretBytes sk_d, sk_pi, sk_pr;
  };
  std::optional<PpkKeys> ppk{};
  bool ppk_settled{};                            ///< the first AUTH payload of the initiator has decided it
  std::shared_ptr<const ResumableSa> resumed{};  ///< after IKE_SESSION_RESUME: who the two sides are, RFC 5723 §4.3.3
  Bytes puzzle_solution{};                       ///< goes with the first IKE_AUTH request, RFC 8019 §7.2.2
};

/// Proof that the peer's AUTH payload was verified: only exchange/ike_auth_proof.cpp makes one.
class AuthVerified {
 public:
  const Identity& peer() const { return peer_; }
  /// "ID_FQDN dut.test", with the name that EAP proved where there is one: that is the one that counts (§2.16).
  std::string text() const { return eap_name_.empty() ? peer_.text() : peer_.text() + ", EAP user " + eap_name_; }

 private:
  friend class ProofCheck;
  AuthVerified(Identity peer, std::string eap_name) : peer_(std::move(peer)), eap_name_(std::move(eap_name)) {}
  Identity peer_;
  std::string eap_name_;
};

/// Where the authentication of an IKE SA stands between two IKE_AUTH exchanges. Each side may have several
/// authentications (RFC 4739), and each of the initiator's may need many exchanges (EAP, §2.16).
struct AuthProgress {
  std::size_t our_round{};                      ///< which of Credentials::local
  std::size_t peer_round{};                     ///< which of Credentials::remote; those before it have been passed
  Bytes our_id;                                 ///< "RestOfInitIDPayload" of our last ID payload, as it went out
  std::optional<wire::Identification> peer_id;  ///< the peer's last one, as it came
  std::optional<AuthVerified> proof;            ///< of the last identity that the peer has proved
  bool we_have_more{};                          ///< we sent ANOTHER_AUTH_FOLLOWS
  bool peer_has_more{};                         ///< the peer did
  std::unique_ptr<eap::Conversation> eap;
  std::optional<eap::Success> eap_success;  ///< AUTH payloads are due that are made with its key
  bool eap_alone{};                         ///< the responder has proved nothing besides EAP, RFC 5998
  int exchanges{};                          ///< IKE_AUTH exchanges so far
};

class Exchange;

/// An exchange for later.
struct Delayed {
  Instant due;
  std::unique_ptr<Exchange> exchange;
};

/// An exchange of ours that waits for its answer.
struct Outstanding {
  std::unique_ptr<Exchange> exchange;
  PendingRequest request;
};

/// I -> R  HDR, SAi1, KEi, Ni  sent.  §1.2.
struct AwaitingSaInit {
  crypto::KeyPair ours;
  Bytes ni;
  std::vector<wire::Proposal> offered;
  Bytes cookie;       ///< as the responder gave it; empty: none yet
  int repetitions{};  ///< because of COOKIE or INVALID_KE_PAYLOAD
  PendingRequest pending;
  Bytes puzzle_solution{};  ///< to the puzzle that came with the cookie, RFC 8019 §7.1.2
};
/// I -> R  HDR, [N(COOKIE),] Ni, N(TICKET_OPAQUE)  sent.  RFC 5723 §4.3.2.
struct AwaitingResume {
  Ticket ticket;
  Bytes ni;
  Bytes cookie;
  int repetitions{};
  PendingRequest pending;
};
/// I -> R  HDR, SK {[KEi(n)]}  sent: IKE_INTERMEDIATE.  RFC 9242, RFC 9370 §2.2.2.
struct AwaitingIntermediate {
  Secured secured;
  AuthInputs auth;
  Intermediates progress;
  std::optional<crypto::KeyPair> ours{};  ///< empty: an exchange without key exchange
  PendingRequest pending{};
};
/// An IKE_AUTH request is on its way. §1.2, §2.16; RFC 4739.
struct AwaitingAuth {
  enum class Phase : std::uint8_t {
    Identity,   ///< I -> R  HDR, SK {IDi, [CERT+,] [AUTH,] ...}: begins an authentication of ours
    Eap,        ///< I -> R  HDR, SK {EAP}
    AfterEap,   ///< I -> R  HDR, SK {AUTH}
    Listening,  ///< I -> R  HDR, SK {}: we are done, the responder has another authentication
  };
  Secured secured;
  AuthInputs auth;
  ChildOffer child;
  AuthProgress progress;
  Phase phase{};
  PendingRequest pending;
};
/// R -> I  HDR, SAr1, KEr, Nr  sent: half-open until the last IKE_AUTH exchange.  §1.2.
struct HalfOpen {
  enum class Expects : std::uint8_t {
    Identity,  ///< IDi: an authentication of the initiator begins
    Eap,       ///< EAP
    AfterEap,  ///< AUTH
    Anything,  ///< the initiator is done; its request gives us the occasion for another authentication of ours
  };
  Secured secured;
  AuthInputs auth;
  Bytes request;  ///< the IKE_SA_INIT request and its answer, for retransmissions (§2.1)
  Bytes response;
  Instant expires;
  AuthProgress progress{};
  Expects expects{};
  std::optional<Puzzle> puzzle{};  ///< to be solved before IKE_AUTH is looked at, RFC 8019 §7.2.4
  Bytes ticket{};                  ///< what the IKE SA is resumed from, RFC 5723
  Intermediates intermediate{};
  std::vector<wire::Payload> first_request{};  ///< of IKE_AUTH: SA, TSi, TSr and the like are answered at the end
};
struct Established {
  Established(Secured, AuthVerified, Instant now);
  Established(Established&&) noexcept;
  Established& operator=(Established&&) noexcept;
  ~Established();

  Secured secured;
  AuthVerified proof;
  std::vector<ChildSa> children;
  std::vector<Outstanding> outstanding;  ///< in the order of their Message IDs
  std::uint32_t peer_window = 1;         ///< what the peer has promised to keep, §2.3, as far as we use it
  std::list<std::unique_ptr<Exchange>> waiting;
  std::vector<Delayed> later;  ///< to be tried again, after TEMPORARY_FAILURE
  /// The peer's SPIs of Child SAs that it deleted, it seems, before its answer told us of them. Kept while an exchange
  /// of ours that makes one is open: kMaxStillborn at most.
  std::vector<ChildSpi> stillborn;
  std::vector<AwaitedFollowUp> follow_ups;  ///< of the peer's: kMaxFollowUps at most
  std::unique_ptr<Succession> succession;   ///< null while no rekeying of the IKE SA is under way or done
  Instant last_heard;
  Expiry expiry{};
  bool worn{};                     ///< its rekeying was asked for because of the number of its messages
  std::unique_ptr<Extras> extras;  ///< null while there is nothing to remember

  Extras& extra();
  ChildSa* child_by_inbound(ChildSpi spi);
  ChildSa* child_by_outbound(ChildSpi spi);
  /// Is there an exchange of ours, be it open or about to begin, of which this holds?
  bool any_exchange(const std::function<bool(const Purpose&)>& condition) const;
  /// Is an exchange of ours with this purpose waiting for its answer; or, for `intends`, also about to begin?
  bool does(Purpose::What what, std::optional<ChildSpi> child = std::nullopt) const;
  bool intends(Purpose::What what, std::optional<ChildSpi> child = std::nullopt) const;
  /// Is an exchange of ours open that makes a Child SA? Then the peer may know one of which we do not.
  bool makes_child() const { return does(Purpose::What::CreateChild) || does(Purpose::What::RekeyChild); }
  bool deleting_ike_sa() const { return intends(Purpose::What::DeleteIke); }
  bool replaced() const { return succession && succession->successor; }
  /// Of the IKE SAs that replace one another, the one that has the Child SAs. The others begin nothing of their own: a
  /// request in one that has not taken over would tell the peer that it has (settle_by_use()).
  bool in_charge() const { return !succession || (!succession->successor && !succession->predecessor); }
};
inline constexpr std::size_t kMaxStillborn = 32;
/// Gone, but the answer that closed it may have been lost: repeated requests are answered for a while (§2.1).
struct Lingering {
  Secured secured;
  Instant until;
};
struct Closed {};

/// The state of an IKE SA. It lives on the heap: states differ in size by a factor of three, and the many IKE SAs of a
/// responder are nearly all in one of the small ones.
class State {
 public:
  template <class T>
    requires(!std::is_same_v<T, State>)
  State(T state) : held_(std::make_unique<T>(std::move(state))) {}

  /// Null in another state.
  template <class T>
  T* get_if() {
    const auto* held = std::get_if<std::unique_ptr<T>>(&held_);
    return held ? held->get() : nullptr;
  }
  template <class T>
  const T* get_if() const {
    return const_cast<State*>(this)->get_if<T>();
  }
  template <class T>
  bool is() const {
    return std::holds_alternative<std::unique_ptr<T>>(held_);
  }
  template <class Visitor>
  auto visit(const Visitor& visitor) {
    return std::visit([&](auto& held) { return visitor(*held); }, held_);
  }
  template <class Visitor>
  auto visit(const Visitor& visitor) const {
    return std::visit([&](const auto& held) { return visitor(std::as_const(*held)); }, held_);
  }

 private:
  template <class... States>
  using OneOf = std::variant<std::unique_ptr<States>...>;
  OneOf<AwaitingSaInit, AwaitingResume, AwaitingIntermediate, AwaitingAuth, HalfOpen, Established, Lingering, Closed>
      held_;
};

/// An exchange that we begin in an established IKE SA. Several may be in the queue; the peer's window
/// lets some of them out at a time, and of those that get in each other's way one.
class Exchange {
 public:
  struct Outcome {
    std::optional<trace::CloseReason> close;      ///< the IKE SA is over
    std::vector<std::unique_ptr<Exchange>> then;  ///< to begin next, before what already waits
    std::optional<PathChange> path{};             ///< other endpoints, RFC 4555 §3.5
    std::optional<Delayed> later{};               ///< to be tried again, §2.25
  };
  virtual ~Exchange() = default;
  virtual wire::ExchangeType type() const = 0;
  /// The payloads of the request; empty optional when there is nothing left to ask for.
  virtual std::optional<std::vector<wire::Payload>> build(Established&, const Facts&, Step&) = 0;
  virtual Outcome process(Established&, const Facts&, const std::vector<wire::Payload>& response, Step&) = 0;
  virtual Purpose purpose() const { return {}; }
  /// It has Message ID 0 and stands beside the window, RFC 6311 §5.1.
  virtual bool outside_the_window() const { return false; }
  /// May this be the answer? If not, it is dropped silently.
  virtual bool accepts(const std::vector<wire::Payload>& /*response*/) const { return true; }
  /// The peer's exchange with the same purpose was answered while this one is under way.
  virtual void meet(Rival) {}
};

/// An answer to a request in an established IKE SA.
struct Answer {
  std::vector<wire::Payload> payloads;
  std::optional<trace::CloseReason> close;  ///< after it has been sent
};

// exchange/*.cpp
Answer answer_informational(Established&, const Facts&, const std::vector<wire::Payload>& request, Step&);
Answer answer_create_child_sa(Established&, const Facts&, const std::vector<wire::Payload>& request, Step&);
Answer answer_ike_followup_ke(Established&, const Facts&, const std::vector<wire::Payload>& request, Step&);
/// The next additional key exchange of a CREATE_CHILD_SA exchange of ours, with the peer's link to it.
std::unique_ptr<Exchange> follow_up_exchange(FollowUp, Bytes link);
/// Waits for the peer's next IKE_FOLLOWUP_KE request. Gives N(ADDITIONAL_KEY_EXCHANGE) for our answer; empty when too
/// many series are unfinished.
std::optional<wire::Payload> await_follow_up(Established&, FollowUp, Step&);
void expire_follow_ups(Established&, Instant now);
std::unique_ptr<Exchange> rekey_child_exchange(ChildSpi inbound);
std::unique_ptr<Exchange> create_child_exchange(std::vector<wire::TrafficSelector> local_ts = {},
                                                std::vector<wire::TrafficSelector> remote_ts = {});
// exchange/rekey_ike.cpp
std::unique_ptr<Exchange> rekey_ike_exchange();
Answer answer_rekey_ike(Established&, const Facts&, const std::vector<wire::Payload>& request, Step&);
/// The Child SAs and all that outlives a rekeying go from `old` to its successor, if that is there.
void hand_over(Established& old, const Facts&, IkeSpis successor, bool by_us, Step&);
/// §2.8.2: the peer closes an IKE SA that it and perhaps we have rekeyed. What it closes it for.
trace::CloseReason settle_before_deletion(Established&, const Facts&, Step&);
/// The first request in an IKE SA that has not taken over shows that the peer sees in it the successor.
void settle_by_use(Established&, const Facts&, const std::vector<wire::Payload>& request, Step&);
std::unique_ptr<Exchange> delete_child_exchange(ChildSpi inbound, trace::CloseReason reason);
std::unique_ptr<Exchange> delete_ike_exchange(trace::CloseReason reason = trace::CloseReason::DeletedByUs);
std::unique_ptr<Exchange> informational_exchange(std::vector<wire::Payload> payloads);
/// RFC 5685: what we do about a REDIRECT that the peer has vouched for. True when another IKE SA will follow.
bool follow_redirect(const wire::Notify& redirect, Established&, const Facts&, Step&);
// exchange/auth_lifetime.cpp, RFC 4478
/// Responder: N(AUTH_LIFETIME) in the last IKE_AUTH response, where it is configured.
void append_auth_lifetime(std::vector<wire::Payload>& to, Established&, const Config&, Instant now);
/// Initiator: what the responder says in IKE_AUTH or INFORMATIONAL.
void learn_auth_lifetime(Established&, const Facts&, const std::vector<wire::Payload>& payloads, Step&);
// extension/window_size.cpp, §2.3
void append_window_size(std::vector<wire::Payload>& to, const Config&);
void learn_window_size(Established&, const std::vector<wire::Payload>& payloads, const Config&);
/// A rekeyed IKE SA has a window of 1 until it is told otherwise.
void begin_with_window(Established&, const Config&);
// exchange/message_id_sync.cpp, RFC 6311
std::unique_ptr<Exchange> synchronise_exchange(std::uint32_t skip);
void set_message_ids(Established&, MessageId next_request, MessageId next_expected, const Config&);
// exchange/mobike.cpp
std::unique_ptr<Exchange> update_addresses_exchange();
std::unique_ptr<Exchange> announce_addresses_exchange();
std::unique_ptr<Exchange> check_routability_exchange();
/// Is the peer there?  §2.4; behind a NAT with MOBIKE also: where does it see us?
std::unique_ptr<Exchange> liveness_exchange(const Facts&);
/// Removes a Child SA and says so. One that went to the successor of a rekeyed IKE SA is looked for there.
void close_child(Established&, const Facts&, ChildSpi inbound, trace::CloseReason, Step&);

/// Does this side send or return INTERMEDIATE_EXCHANGE_SUPPORTED, RFC 9242 §3.1?
bool wants_intermediate(const Config&);

/// What the responder makes of an IKE_SA_INIT request: an IKE SA, or an answer without one.
struct SaInitAnswer;

class IkeSa {
 public:
  /// Sends IKE_SA_INIT.
  IkeSa(const Initiate&, IkeSpi ours, Step&);
  /// Sends IKE_SESSION_RESUME.
  IkeSa(const Resume&, Ticket, IkeSpi ours, Step&);
  /// Takes over from answer_sa_init() and answer_session_resume().
  IkeSa(Facts facts, HalfOpen state) : facts_(std::move(facts)), state_(std::move(state)) {}
  /// Made by rekeying another one.
  IkeSa(Facts facts, Established state) : facts_(std::move(facts)), state_(std::move(state)) {}

  void handle(Incoming&, Step&);
  void tick(Step&);
  void begin(std::unique_ptr<Exchange>, Step&);
  /// Goes on with what is queued.
  void resume(Step&);
  /// Takes back the open request of an established IKE SA and what is queued behind it.
  void retract();
  void abandon(trace::CloseReason, std::string detail, Step&);
  // ike_sa_path.cpp
  /// As the successor of an IKE SA with these endpoints.
  void inherit_path(const Facts& old);
  /// Other addresses, RFC 4555 §3.5. Throws std::invalid_argument when that is not ours to do.
  void move(const IpAddress& local, const IpAddress& remote, const std::string& why, Step&);
  /// The host's addresses are those of Config::mobike now.
  void addresses_changed(Step&);

  std::optional<Instant> wake_at(const Config&) const;
  bool closed() const { return state_.is<Closed>(); }
  bool half_open() const { return state_.is<HalfOpen>(); }
  const Facts& facts() const { return facts_; }
  const Established* established() const { return state_.get_if<Established>(); }
  Established* established() { return state_.get_if<Established>(); }
  /// The IKE_SA_INIT request that made this half-open SA; empty otherwise.
  BytesView sa_init_request() const;
  /// Empty for an SA that is over.
  std::optional<IkeSaView> view() const;
  void repeat_sa_init_response(Step&);

 private:
  // exchange/ike_sa_init.cpp
  State on_sa_init_response(AwaitingSaInit, const Incoming&, Step&);
  State repeat_sa_init(AwaitingSaInit, wire::NotifyType because, Step&);
  Bytes compose_sa_init(const AwaitingSaInit&, Step&) const;
  State on_redirect(AwaitingSaInit, const wire::Notify&, const Incoming&, Step&);
  void note_nat(const Incoming&, Step&);
  // exchange/session_resume.cpp
  State on_resume_response(AwaitingResume, const Incoming&, Step&);
  Bytes compose_resume(const AwaitingResume&, Step&) const;
  // exchange/ike_intermediate.cpp. next_intermediate() goes on to IKE_AUTH when nothing is left to do.
  State next_intermediate(AwaitingIntermediate, Step&);
  State on_intermediate_response(AwaitingIntermediate, const Incoming&, Step&);
  State on_intermediate_request(HalfOpen, const Incoming&, Step&);
  // exchange/ike_auth_initiator.cpp. send_auth_request() begins, once all IKE_INTERMEDIATE exchanges are done.
  State send_auth_request(Secured, AuthInputs, Step&);
  State begin_our_auth(AwaitingAuth, Step&);
  State ask_auth(AwaitingAuth, AwaitingAuth::Phase, std::vector<wire::Payload>, Step&);
  State on_auth_response(AwaitingAuth, const Incoming&, Step&);
  State on_eap_request(AwaitingAuth, const wire::Eap&, Step&);
  State finish_auth(AwaitingAuth, const std::vector<wire::Payload>&, Step&);
  State fail_auth(AwaitingAuth, wire::NotifyType, std::string what, std::string section, Step&);
  // exchange/ike_auth_responder.cpp
  State on_auth_request(HalfOpen, const Incoming&, Step&);
  State begin_peer_auth(HalfOpen, const Incoming&, Step&);
  State on_early_informational(HalfOpen, const Incoming&, Step&);
  State on_eap_response(HalfOpen, BytesView packet, std::vector<wire::Payload> answer, MessageId, Step&);
  State peer_authenticated(HalfOpen, const Incoming&, Step&);
  State answer_auth(HalfOpen, HalfOpen::Expects, std::vector<wire::Payload>, MessageId, Step&);
  State finish_auth(HalfOpen, std::vector<wire::Payload>, MessageId, Step&);
  State refuse_auth(HalfOpen, wire::NotifyType, BytesView data, std::string what, std::string section, MessageId,
                    Step&);
  State refuse_auth(HalfOpen, std::vector<wire::Payload>, MessageId, std::string why, Step&);
  // ike_sa.cpp
  void on_protected(Established&, Incoming&, Step&);
  void on_request(Established&, const Incoming&, Step&);
  void on_response(Established&, const Incoming&, Step&);
  void next_exchange(Established&, Step&);
  void end_authentication(Established&, Step&);  // exchange/auth_lifetime.cpp
  void end_overdue(Established&, Step&);         // exchange/rekey_ike.cpp
  void end_spent(Established&, Step&);           // expiry.cpp
  /// RFC 6311 §5.1: true when this was a request to synchronise Message IDs.  exchange/message_id_sync.cpp
  bool answer_synchronisation(Established&, const Incoming&, Step&);
  void linger(Secured, Step&);
  void give_up(wire::ExchangeType, const PendingRequest&, Step&);
  bool repeat_answer(const Secured&, const Incoming&, Step&);
  /// RFC 6290: true when the message in clear has shown that the peer lost this IKE SA, which is closed then.
  bool close_by_token(const Incoming&, Step&);
  /// §1.5: INVALID_IKE_SPI in clear. True when it was one: it changes nothing, but the peer may be asked whether it is
  /// there.
  bool take_hint(const Incoming&, Step&);
  /// RFC 8019 §7.2.4: IKE_AUTH is looked at only with the solution that was asked for.
  bool shows_solution(const HalfOpen&, const Incoming&);
  // ike_sa_path.cpp
  Path path() const;
  void set_path(const Endpoint& local, const Endpoint& remote, std::string why, Step&);
  void move_children(Established&, Step&);
  void apply(Established&, const PathChange&, Step&);
  void repeat_outstanding(Established&, Step&);
  void follow_peer(Established&, const Datagram&, Step&);
  std::optional<Instant> keepalive_due(const Config&) const;
  void keep_alive(Step&);
  void append_mobility(std::vector<wire::Payload>&, bool request, const Config&) const;
  void note_mobility(const std::vector<wire::Payload>&, Step&);
  void queue_update(Established&);
  bool try_other_path(Established&, PendingRequest&, Step&);
  void answer_mobike(const Incoming&, Answer&, Step&);
  void after_mobike(Established&, const Incoming&, Step&);

  // fragmentation.cpp
  /// A protected message, through the tap: in fragments where the two sides agreed on them and it is long (RFC 7383).
  /// `complete` as in compose().
  Packets seal(Secured&, OutboundMessage, Step&, const Completion& complete = {}) const;
  PacketLimit packet_limit(const Secured&, bool response, const Config&) const;
  bool take_fragment(Secured&, Incoming&, Step&) const;
  bool retry_smaller(Secured&, PendingRequest&, Step&) const;
  bool expects(const wire::IkeHeader&) const;

  Secured* secured();  ///< null before there are keys, and at the end
  const Secured* secured() const { return const_cast<IkeSa*>(this)->secured(); }
  void transmit(const Packets& message, Step&);
  void reply(const Packets& message, const Datagram& to, Step&);
  void discard(const Incoming&, std::string why, std::string section, Step&) const;
  void close(trace::CloseReason, std::string detail, Step&);

  Facts facts_;
  Instant last_sent_{};  ///< to the peer, by which keepalives are timed
  State state_;
  std::optional<RedirectTrail> trail_;  ///< how we came to this gateway
  std::optional<IkeSpis> replaces_;     ///< the IKE SA that this one repeats the authentication of, RFC 4478
};

struct SaInitAnswer {
  Bytes response;
  std::optional<HalfOpen> sa;  ///< empty: refused, or a cookie was asked for
  Facts facts;
};

/// Answers an IKE_SA_INIT request that has passed the cookie check, §1.2 and §2.21.1. `spi_r` is for the SA, if it
/// comes to one.
/// @param puzzle_solved  in this exchange: only then IKE_AUTH may have another one, RFC 8019 §7.2.1
SaInitAnswer answer_sa_init(const Incoming&, IkeSpi spi_r, Step&, bool puzzle_solved = false);
/// The same for IKE_SESSION_RESUME, RFC 5723 §4.3.2.
SaInitAnswer answer_session_resume(const Incoming&, IkeSpi spi_r, Step&);
/// An unprotected answer with one notification, §2.21.1: responder's SPI zero where no IKE SA is made (§2.6).
Bytes clear_notify_answer(const Incoming&, wire::NotifyType, BytesView data, Step&,
                          std::vector<wire::Payload> more = {});
/// Puts the datagram together, with the non-ESP marker where our port asks for it (§2.23).
Datagram make_datagram(const Endpoint& from, const Endpoint& to, BytesView message, const Config&);

/// §2.23: what the notifications of the peer's first message say, where both sides do NAT detection.
void learn_nat(Facts&, const Incoming&, const NatTraversal&, Step&);
/// The same, and our own in answer to the peer's.
void answer_nat_detection(std::vector<wire::Payload>& to, const Incoming& request, Facts& facts, Step&);

/// §2.14: keys, ciphers, and the first Message IDs.
struct KeyedSa {
  Secured secured;
  SecretBytes sk_pi;
  SecretBytes sk_pr;
};
/// From SKEYSEED on.
std::optional<KeyedSa> make_keys_from(const SecretBytes& skeyseed, const crypto::IkeSuite&, BytesView ni, BytesView nr,
                                      const Facts&, Step&);
std::optional<KeyedSa> make_keys(const crypto::IkeSuite&, BytesView ni, BytesView nr, BytesView g_ir, const Facts&,
                                 Step&);

}  // namespace ikevet::sa
