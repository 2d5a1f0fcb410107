#!/usr/bin/env bash
# Makes the certificates of the embedded device and of the harness, here. They protect nothing: keys that everybody has
# are in the tree, so that runs are alike everywhere. Valid from 2020 to 2120, since the virtual clock of a run starts at
# a fixed day (2026-01-01).
#
#   ca.pem                     whom both sides trust
#   crl.pem                    of both CAs; harness-revoked is on it
#   dut.pem/.key               dut.test, ECDSA P-256, with the intermediate CA behind it
#   harness-rsa.pem/.key       harness.test, RSA 2048; likewise -ecdsa (P-256), -ecdsa384, -ecdsa521, -ed25519, -ed448
#   harness-wrong-name.pem     the key of harness-ecdsa, somebody.else.test
#   harness-expired.pem        the same key, expired in 2025
#   harness-revoked.pem        the same key, revoked
#   harness-stranger.pem       the same key, said by a CA that nobody trusts
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index"
openssl rand -hex 8 >"$work/crlnumber"

config() { # EXTENSIONS
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nrand_serial=yes\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\nunique_subject=no\ncrlnumber=%s/crlnumber\n[p]\norganizationName=supplied\ncommonName=supplied\n[x]\n%b' \
    "$work" "$work" "$work" "$1" >"$work/conf"
}

make_key() { # FILE KIND
  case $2 in
    rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" 2>/dev/null ;;
    ed25519 | ed448) openssl genpkey -algorithm "$2" -out "$1" ;;
    *) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1" ;;
  esac
}

sign() { # KEY SUBJECT OUT EXTENSIONS END MORE...
  local key=$1 subject=$2 out=$3 extensions=$4 end=$5
  shift 5
  openssl req -new -key "$key" -subj "/O=ikevet/CN=$subject" -out "$work/request"
  config "$extensions"
  openssl ca -batch -notext -config "$work/conf" -extensions x -startdate 20200101000000Z -enddate "$end" \
    -in "$work/request" -out "$out" "$@" 2>/dev/null
}

ca_extensions='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
late=21200101000000Z

make_key "$work/ca.key" P-256
sign "$work/ca.key" 'ikevet test root' ca.pem "$ca_extensions" $late -selfsign -keyfile "$work/ca.key"
make_key "$work/sub.key" P-256
sign "$work/sub.key" 'ikevet test intermediate' "$work/sub.pem" "$ca_extensions" $late -keyfile "$work/ca.key" -cert ca.pem
make_key "$work/stranger.key" P-256
sign "$work/stranger.key" 'stranger' "$work/stranger.pem" "$ca_extensions" $late -selfsign -keyfile "$work/stranger.key"

end_entity() { # NAME KEY IDENTITY END
  sign "$2" "$3" "$work/$1.pem" "basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nsubjectAltName=DNS:$3\nsubjectKeyIdentifier=hash\n" "$4" \
    -keyfile "$work/sub.key" -cert "$work/sub.pem"
  cat "$work/$1.pem" "$work/sub.pem" >"$1.pem"
}

make_key dut.key P-256
end_entity dut dut.key dut.test $late
for pair in rsa:rsa ecdsa:P-256 ecdsa384:P-384 ecdsa521:P-521 ed25519:ed25519 ed448:ed448; do
  make_key "harness-${pair%%:*}.key" "${pair#*:}"
  end_entity "harness-${pair%%:*}" "harness-${pair%%:*}.key" harness.test $late
done
end_entity harness-wrong-name harness-ecdsa.key somebody.else.test $late
end_entity harness-expired harness-ecdsa.key harness.test 20251201000000Z
end_entity harness-revoked harness-ecdsa.key harness.test $late
sign harness-ecdsa.key harness.test harness-stranger.pem 'subjectAltName=DNS:harness.test\n' $late \
  -keyfile "$work/stranger.key" -cert "$work/stranger.pem"

config ''
openssl ca -batch -config "$work/conf" -keyfile "$work/sub.key" -cert "$work/sub.pem" -revoke "$work/harness-revoked.pem" 2>/dev/null
crl() { openssl ca -batch -config "$work/conf" -gencrl -crl_lastupdate 20200101000000Z -crl_nextupdate $late -keyfile "$1" -cert "$2" 2>/dev/null; }
crl "$work/sub.key" "$work/sub.pem" >crl.pem
: >"$work/index"
crl "$work/ca.key" ca.pem >>crl.pem
