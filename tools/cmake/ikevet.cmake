# What every target of the project shares.

find_package(tl-expected REQUIRED)
find_package(absl REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Threads REQUIRED)

find_program(IKEVET_CCACHE ccache)
if(IKEVET_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${IKEVET_CCACHE})
  # Without these ccache caches nothing that uses a precompiled header (ccache(1), "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${IKEVET_CCACHE})
endif()

add_library(ikevet_warnings INTERFACE)
add_library(ikevet::warnings ALIAS ikevet_warnings)
target_compile_options(ikevet_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor
  -Wold-style-cast -Wimplicit-fallthrough $<$<BOOL:${IKEVET_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 takes the unused inline storage of absl::InlinedVector for uninitialised reads (GCC bug 105562 and its kin).
  # Clang, which builds the tidy and fuzz presets, keeps both warnings.
  target_compile_options(ikevet_warnings INTERFACE -Wno-uninitialized -Wno-maybe-uninitialized -Wno-stringop-overflow
    # At -O3 it sees impossible sizes in std::string concatenation too (GCC bug 105651).
    $<$<CONFIG:Release>:-Wno-restrict> $<$<CONFIG:Release>:-Wno-array-bounds> $<$<CONFIG:Release>:-Wno-stringop-overread>)
else()
  # std::stable_sort of GCC 12's library calls a function that the library itself has marked, and Clang says so.
  target_compile_options(ikevet_warnings INTERFACE -Wno-deprecated-declarations)
endif()

if(IKEVET_SANITIZE)
  add_compile_options(-fsanitize=${IKEVET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${IKEVET_SANITIZE})
endif()

if(IKEVET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # libFuzzer sees new paths only in code that counts its edges
endif()

# Precompiled headers, which halve the time of a build: what nearly every file includes, parsed once. Every file still
# includes what it uses; the presets tidy and fuzz build without them (CMAKE_DISABLE_PRECOMPILE_HEADERS) and would tell.
set(ikevet_pch_std <algorithm> <array> <chrono> <cstdint> <deque> <functional> <map> <memory> <optional> <ranges> <set>
  <span> <stdexcept> <string> <string_view> <unordered_map> <utility> <variant> <vector> <tl/expected.hpp>
  <absl/container/inlined_vector.h>)
set(ikevet_pch_wire ${ikevet_pch_std} <engine/wire/message.hpp>)  # a name in quotes would become an absolute path
set(ikevet_pch_json ${ikevet_pch_wire} <nlohmann/json.hpp> <fmt/format.h> <engine/trace/trace.hpp> <scenarios/format/scenario.hpp>)
set(ikevet_pch_test ${ikevet_pch_wire} <catch2/catch.hpp>)
foreach(kind std wire json test)
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/pch/${kind}.cpp CONTENT "")
  add_library(ikevet_pch_${kind} OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/pch/${kind}.cpp)
  target_include_directories(ikevet_pch_${kind} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(ikevet_pch_${kind} PRIVATE ikevet::warnings)
  target_precompile_headers(ikevet_pch_${kind} PRIVATE ${ikevet_pch_${kind}})
endforeach()
target_link_libraries(ikevet_pch_json PRIVATE fmt::fmt nlohmann_json::nlohmann_json)

# Test programs are compiled with -fPIE, libraries with -fPIC: a precompiled header serves one of them.
set_target_properties(ikevet_pch_test PROPERTIES POSITION_INDEPENDENT_CODE OFF)
target_compile_options(ikevet_pch_test PRIVATE -fPIE)

# Test programs are not optimised, what they test is: they take a third of the time to compile so, and half the build is tests.
target_compile_options(ikevet_pch_test PRIVATE -O0)

# ikevet_precompiled(TARGET std|wire|json|test): TARGET is compiled with that precompiled header.
function(ikevet_precompiled target kind)
  target_precompile_headers(${target} REUSE_FROM ikevet_pch_${kind})
  if(kind STREQUAL "test")
    target_compile_options(${target} PRIVATE -O0)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)  # lets ccache see which precompiled header it is
  endif()
endfunction()

# ikevet_component(wire payload.cpp ...): the static library ikevet_wire, known to others as ikevet::wire. What it may
# link is the dependency table of CONTRIBUTING.md, which tests/lint checks against the #include lines.
function(ikevet_component name)
  add_library(ikevet_${name} STATIC ${ARGN})
  add_library(ikevet::${name} ALIAS ikevet_${name})
  target_include_directories(ikevet_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(ikevet_${name} PRIVATE ikevet::warnings)
  if(name MATCHES "^(base|wire|crypto)$")
    ikevet_precompiled(ikevet_${name} std)
  elseif(name MATCHES "^(scenario_format|runner|reports|app|cli)$")
    ikevet_precompiled(ikevet_${name} json)
  else()
    ikevet_precompiled(ikevet_${name} wire)
  endif()
endfunction()
