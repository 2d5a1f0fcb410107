// Where the suite, requirements, profiles, targets and schemas are.
#pragma once

#include <filesystem>

namespace ikevet::scenarios {

/// The folder that has suite/, requirements/, profiles/, targets/ and format/schema/: $IKEVET_DATA; else share/ikevet
/// beside the folder of the running program; else where it was installed; else the build tree that this program was
/// made in. Throws FormatError when there is none, or when $IKEVET_DATA is set and is not such a folder.
std::filesystem::path find_data_dir();

}  // namespace ikevet::scenarios
