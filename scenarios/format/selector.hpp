// What a user asks for by `rfc7296/2.8`, `level:must`, `not:slow`.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/format/loader.hpp"

namespace ikevet::scenarios {

/// The scenarios that all of `selectors` together ask for, in the order of the suite. Without selectors: all of them.
///
/// | selector                            | takes                                                                    |
/// |---------------------------------------|--------------------------------------------------------------------------|
/// | `rfc7296`, `rfc7296/2.8`              | scenarios below that path; a section also takes its subsections          |
/// | `rfc7296/2.08-rekeying/child-rekey`   | that one; the section's folder may be shortened to its number            |
/// | `rfc7296-2.5-critical-unknown`        | scenarios that cover the requirement                                     |
/// | `tag:x`, `role:responder`             | by tag; by the harness's role                                            |
/// | `level:must`                          | scenarios that cover a requirement of that level (MUST NOT as MUST)      |
/// | `profile:quick`                       | what the profile selects                                                 |
/// | `rfc7296/2.8 & role:responder`        | what these select together, as if nothing else were asked for            |
/// | `not:X`                               | takes away what X would take; a bare word after `not:` may be a tag      |
///
/// Paths, ids, profiles and what is joined by `&` add up; tags, roles and levels narrow what those took (everything, if
/// there are none); `not:` takes away last. Positive controls are not added: see with_controls(). Throws FormatError
/// (one problem a selector) for what names nothing, with the nearest names. May return nothing at all: the caller's exit
/// code 5.
std::vector<const Scenario*> select(const Library& library, std::span<const std::string> selectors);

/// Adds the controls that the selected scenarios need, each before the first that needs it.
std::vector<const Scenario*> with_controls(const Library& library, std::span<const Scenario* const> selected);

}  // namespace ikevet::scenarios
