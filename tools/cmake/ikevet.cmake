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
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND IKEVET_SANITIZE)
  # GCC 12 reports false positives of these two under sanitizers (GCC bug 98465 and its kin).
  target_compile_options(ikevet_warnings INTERFACE -Wno-maybe-uninitialized -Wno-stringop-overflow)
endif()

if(IKEVET_SANITIZE)
  add_compile_options(-fsanitize=${IKEVET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${IKEVET_SANITIZE})
endif()

# ikevet_component(wire payload.cpp ...): the static library ikevet_wire, known to others as ikevet::wire. What it may
# link is the dependency table of CONTRIBUTING.md, which tests/lint checks against the #include lines.
function(ikevet_component name)
  add_library(ikevet_${name} STATIC ${ARGN})
  add_library(ikevet::${name} ALIAS ikevet_${name})
  target_include_directories(ikevet_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(ikevet_${name} PRIVATE ikevet::warnings)
endfunction()
