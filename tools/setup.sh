#!/usr/bin/env bash
# Installs the Debian packages that ikevet needs and that are missing; does nothing when all are there.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: tools/setup.sh [--build | --test | --dev] [--check]

  --build   what building and running ikevet takes
  --test    that, and what the tests take (default)
  --dev     that, and Clang 19 for the presets "tidy" and "fuzz"
  --check   install nothing; say what is missing and exit with 1 if anything is

Works as root, or through sudo. No daemon is started by an installation.
exit: 0 all there, 1 something is missing (--check) or could not be installed, 2 usage or no permission
TEXT
}

# group | level | packages | why
GROUPS_WANTED=(
  "compiler and build tools|build|g++ cmake ninja-build ccache pkgconf git|C++20 with GCC 12 or later, driven by CMake presets"
  "cryptography|build|libssl-dev|every algorithm of IKEv2 and ESP comes from OpenSSL 3"
  "packet capture|build|libpcap-dev zlib1g-dev|runs are captured, and captures are graded"
  "base libraries|build|libabsl-dev libexpected-dev libfmt-dev libspdlog-dev|octet strings, results, text and logging"
  "sockets|build|libasio-dev|UDP on ports 500 and 4500, timers, signals"
  "file formats|build|nlohmann-json3-dev libvalijson-dev|scenarios, targets and requirements are JSON with a schema"
  "reports|build|libpugixml-dev libkainjow-mustache-dev zlib1g-dev|JUnit and HTML"
  "command line|build|libcli11-dev|the ikevet program"
  "Python package|build|python3-dev pybind11-dev|import ikevet"
  "unit tests|test|catch2 librapidcheck-dev libbenchmark-dev|Catch2, property tests, measuring programs"
  "Python tests|test|python3-pytest python3-pytest-xdist python3-hypothesis mypy|tests of the Python package and of the command line"
  "Python examples|test|python3-matplotlib python3-numpy|curves drawn by an example, and columns of a capture"
  "scapy|test|python3-scapy|what the Python package is measured beside"
  "pip|test|python3-pip python3-venv|pip install . into a fresh environment"
  "schemas of reports|test|python3-jsonschema libxml2-utils|reports are held against their schemas by other people's programs"
  "network namespaces|test|iproute2 iputils-ping nftables procps|interop tests have a network of their own (root only)"
  "second opinions on captures|test|tshark tcpdump|Wireshark has to decrypt what ikevet writes"
  "strongSwan|test|strongswan-charon strongswan-swanctl strongswan-libcharon libcharon-extra-plugins libcharon-extauth-plugins libstrongswan-standard-plugins libstrongswan-extra-plugins strongswan-pki openssl|the third-party peer of the interop tests and of 'ikevet lab up strongswan'"
  "OpenIKED|test|openiked|the same for 'ikevet lab up openiked'"
  "Libreswan's libraries|test|libnss3-tools libaudit1 libcap-ng0 libcurl3-nss libevent-core-2.1-7 libevent-pthreads-2.1-7 libldap-2.5-0 libldns3 libnspr4 libnss3 libpam0g libselinux1 libsystemd0 libunbound8|the same for 'ikevet lab up libreswan'; its package cannot be installed beside strongSwan's"
  "FreeRADIUS|test|freeradius|EAP behind RADIUS in the lab of strongSwan"
  "site of docs/|test|mkdocs mkdocs-material|tools/site/build.py builds it in the tests"
  "browser|test|chromium fonts-dejavu-core|tests open report.html as a reader would; 'ikevet report --pdf' prints with it"
  "Clang 19|dev|clang-19 libclang-rt-19-dev lld-19 clang-tidy-19 clang-format-19|second compiler, libFuzzer, lint and formatting"
)

level='test'
check_only=no
for argument in "$@"; do
  case $argument in
    --build | --test | --dev) level=${argument#--} ;;
    --check) check_only=yes ;;
    -h | --help) usage; exit 0 ;;
    *) echo "setup: unknown option $argument" >&2; usage >&2; exit 2 ;;
  esac
done

# Node.js drives the browser. A machine may have it from elsewhere, which Debian's package of npm would conflict with.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  GROUPS_WANTED+=("Node.js|test|nodejs npm|drives the browser in the tests of report.html")
fi

wanted_at() { # LEVEL: is a group of that level wanted?
  case $level in
    build) [ "$1" = build ] ;;
    test) [ "$1" != dev ] ;;
    dev) true ;;
  esac
}

# Libreswan's package conflicts with strongSwan's, so it is unpacked to a place of its own, where the lab looks for it.
libreswan_root=/usr/local/lib/ikevet-lab/libreswan
libreswan_wanted() { [ "$level" != build ] && [ ! -x $libreswan_root/usr/libexec/ipsec/pluto ]; }

# Playwright brings no browser of its own here; without it the tests of report.html are skipped, with that reason.
html_tests=$(dirname "$0")/../tests/html
playwright_wanted() { [ "$level" != build ] && [ ! -e "$html_tests/node_modules/playwright-core/package.json" ]; }
add_playwright() {
  playwright_wanted || return 0
  echo "setup: Playwright, by npm below tests/html"
  PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefix "$html_tests" --no-audit --no-fund --loglevel=error ||
    echo "setup: npm could not get Playwright; the tests of report.html will be skipped" >&2
}

missing_of() { # PACKAGE...: those that are not installed
  local package
  for package in "$@"; do
    [ -n "${installed[$package]:-}" ] || printf '%s ' "$package"
  done
}

find_missing() { # fills `missing`, and with "aloud" says why each group is wanted
  local row name at packages why absent package status
  declare -gA installed=()
  while read -r package status; do
    [ "$status" = installed ] && installed[${package%%:*}]=yes
  done < <(dpkg-query --show --showformat='${Package} ${db:Status-Status}\n')
  missing=()
  for row in "${GROUPS_WANTED[@]}"; do
    IFS='|' read -r name at packages why <<<"$row"
    wanted_at "$at" || continue
    # shellcheck disable=SC2086  # a list of package names
    absent=$(missing_of $packages)
    [ -n "$absent" ] || continue
    # shellcheck disable=SC2206
    missing+=($absent)
    if [ "${1:-}" = aloud ]; then printf 'setup: %s (%s)\n         %s\n' "$name" "$why" "$absent"; fi
  done
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
  echo "setup: this is not a Debian system (no apt-get). Install the equivalents of these packages by hand:" >&2
  for row in "${GROUPS_WANTED[@]}"; do
    IFS='|' read -r name at packages why <<<"$row"
    if wanted_at "$at"; then echo "  $name: $packages" >&2; fi
  done
  exit 2
fi

find_missing aloud
unpack_libreswan=no
if libreswan_wanted; then
  unpack_libreswan=yes
  printf 'setup: Libreswan, unpacked below %s\n' "$libreswan_root"
fi
if [ ${#missing[@]} -eq 0 ] && [ $unpack_libreswan = no ]; then
  echo "setup: all packages are there"
  if [ $check_only = no ]; then add_playwright; fi
  exit 0
fi
if [ $check_only = yes ]; then
  echo "setup: ${#missing[@]} packages are missing$([ $unpack_libreswan = no ] || echo ", and Libreswan")" \
    "(tools/setup.sh --$level installs them)" >&2
  exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup: ${#missing[@]} packages are missing, and installing needs root: run 'tools/setup.sh --$level' as root" >&2
    exit 2
  fi
  as_root=(sudo)
fi

# The packages of IKE daemons start them, which would take ports 500 and 4500 of this machine. policy-rc.d is Debian's
# way to refuse that; one that is already there has its owner and its reasons, and stays as it is.
policy=/usr/sbin/policy-rc.d
own_policy=no
log=$(mktemp "${TMPDIR:-/tmp}/ikevet-setup.XXXXXX.log")
clean_up() {
  if [ $own_policy = yes ]; then "${as_root[@]}" rm -f "$policy"; fi
}
trap clean_up EXIT
if [ ! -e $policy ]; then
  own_policy=yes
  printf '#!/bin/sh\n# Made by ikevet tools/setup.sh for the time of one installation: start no daemon.\nexit 101\n' |
    "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  echo "setup: $policy forbids starting daemons while the packages are installed; it is removed afterwards"
fi

apt() { # apt-get without questions; its words go to the log
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" >>"$log" 2>&1
}

complaints() { grep -E '^(E|W|Err|dpkg: error)[: ]' "$log" | sort -u | head -n 20 | sed 's/^/  apt: /' >&2 || true; }

echo "setup: installing ${#missing[@]} packages and what they depend on (log: $log)"
if ! apt update; then
  echo "setup: 'apt-get update' had trouble; going on with the package lists that are there" >&2
  complaints
fi
starter_was_there=${installed[strongswan-starter]:-}
if [ ${#missing[@]} -ne 0 ] && ! apt install --yes --no-install-recommends "${missing[@]}"; then
  find_missing
  echo "setup: could not install: ${missing[*]}" >&2
  complaints
  echo "setup: the whole of apt's output is in $log" >&2
  exit 1
fi

# strongswan-charon depends on strongswan-starter, whose service would start with the next boot. ikevet runs charon itself.
find_missing
if [ -n "${installed[strongswan-starter]:-}" ] && [ -z "$starter_was_there" ] && command -v systemctl >/dev/null; then
  if "${as_root[@]}" systemctl disable strongswan-starter.service >>"$log" 2>&1; then
    echo "setup: strongswan-starter.service is disabled, so that the next boot starts no IKE daemon either"
  fi
fi
if [ ${#missing[@]} -ne 0 ]; then
  echo "setup: apt reported success, yet these are not installed: ${missing[*]} (log: $log)" >&2
  exit 1
fi
if [ $unpack_libreswan = yes ]; then
  folder=$(mktemp -d "${TMPDIR:-/tmp}/ikevet-setup.XXXXXX")
  chmod 755 "$folder"
  if ! (cd "$folder" && apt download libreswan) ||
    ! "${as_root[@]}" mkdir -p $libreswan_root ||
    ! "${as_root[@]}" dpkg-deb --extract "$folder"/libreswan_*.deb $libreswan_root; then
    complaints
    echo "setup: Libreswan could not be downloaded and unpacked to $libreswan_root (log: $log)" >&2
    exit 1
  fi
  rm -r "$folder"
fi
rm -f "$log"
add_playwright
echo "setup: done"
