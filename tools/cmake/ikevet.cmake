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
  set(CMAKE_CXX_COMPILER_LAUNCHER ${IKEVET_CCACHE})
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
endif()

if(IKEVET_SANITIZE)
  add_compile_options(-fsanitize=${IKEVET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${IKEVET_SANITIZE})
endif()

if(IKEVET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # libFuzzer sees new paths only in code that counts its edges
endif()

# ikevet_component(wire payload.cpp ...): the static library ikevet_wire, known to others as ikevet::wire. What it may
# link is the dependency table of CONTRIBUTING.md, which tests/lint checks against the #include lines.
function(ikevet_component name)
  add_library(ikevet_${name} STATIC ${ARGN})
  add_library(ikevet::${name} ALIAS ikevet_${name})
  target_include_directories(ikevet_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(ikevet_${name} PRIVATE ikevet::warnings)
endfunction()
