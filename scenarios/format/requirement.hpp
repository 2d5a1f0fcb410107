// One normative statement of an RFC, as data.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ikevet::scenarios {

/// RFC 2119 and 8174 key words; `Stated` for what a standard requires without one (formats, who sends what).
enum class Level { Must, MustNot, Should, ShouldNot, May, Stated };
/// Whom the sentence binds.
enum class Binds { Initiator, Responder, Both, Sender, Receiver };
enum class Testability { Wire, NeedsTrigger, NeedsAdminView, NotObservable };

std::string_view name(Level);
std::string_view name(Binds);
std::string_view name(Testability);

struct Requirement {
  std::string id;  ///< "rfc7296-2.5-critical-unknown"; never reused
  int rfc{};
  std::string section;  ///< "2.5"
  std::size_t line{};   ///< line of the RFC's text file where the sentence begins
  Level level{};
  Binds binds{};
  std::string paraphrase;  ///< in our words
  Testability testability{};
  std::string why_not;  ///< for NeedsAdminView and NotObservable

  bool mandatory() const { return level == Level::Must || level == Level::MustNot || level == Level::Stated; }
  std::string citation() const;  ///< "RFC 7296 §2.5"
};

using Catalogue = std::map<std::string, Requirement, std::less<>>;

}  // namespace ikevet::scenarios
