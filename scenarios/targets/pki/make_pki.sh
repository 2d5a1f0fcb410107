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
#   the same key and harness.test, and besides:
#   harness-not-yet.pem        valid from 2090 on
#   harness-wrong-usage.pem    KeyUsage keyEncipherment alone; harness-nonrepudiation.pem nonRepudiation alone
#   harness-wrong-eku.pem      extended key usage for e-mail alone; harness-ike-eku.pem for IKE
#   harness-critical.pem       a critical extension that nobody knows
#   harness-no-subject.pem     no Subject
#   harness-many-names.pem     several names of several kinds: DNS, mail, address
#   harness-upper-case.pem     HARNESS.TEST
#   harness-wildcard.pem       *.test in place of the name
#   harness-name-in-cn.pem     the name in the Subject alone
#   harness-long-chain.pem     three intermediate CAs
#   harness-no-chain.pem       the intermediate CA is left out
#   harness-by-no-ca.pem       signed by a certificate that is no CA's
#   harness-path-too-long.pem  behind a CA whose path length forbids the next one
#   harness-rsa1024, -rsa3072, -rsa4096 .pem/.key
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index"
openssl rand -hex 8 >"$work/crlnumber"

config() { # EXTENSIONS
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nrand_serial=yes\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\nunique_subject=no\ncrlnumber=%s/crlnumber\n[p]\norganizationName=optional\ncommonName=optional\n[x]\n%b' \
    "$work" "$work" "$work" "$1" >"$work/conf"
}

make_key() { # FILE KIND
  case $2 in
    rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1" 2>/dev/null ;;
    rsa[0-9]*) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$1" 2>/dev/null ;;
    ed25519 | ed448) openssl genpkey -algorithm "$2" -out "$1" ;;
    *) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:$2" -out "$1" ;;
  esac
}

sign() { # KEY SUBJECT OUT EXTENSIONS END MORE...
  local key=$1 subject=$2 out=$3 extensions=$4 end=$5
  shift 5
  openssl req -new -key "$key" -subj "${subject_dn:-/O=ikevet/CN=$subject}" -out "$work/request"
  config "$extensions"
  openssl ca -batch -notext -config "$work/conf" -extensions x -startdate "${begin:-20200101000000Z}" -enddate "$end" \
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

# What differs from the ordinary certificate in its extensions alone.
usage=keyUsage=digitalSignature
with() { # NAME EXTENSIONS
  sign harness-ecdsa.key harness.test "$work/$1.pem" "basicConstraints=CA:FALSE\nsubjectKeyIdentifier=hash\n$2\n" $late -keyfile "$work/sub.key" -cert "$work/sub.pem"
  cat "$work/$1.pem" "$work/sub.pem" >"$1.pem"
}
name=subjectAltName=DNS:harness.test
begin=20900101000000Z with harness-not-yet "$usage\n$name"
with harness-wrong-usage "keyUsage=critical,keyEncipherment\n$name"
with harness-nonrepudiation "keyUsage=critical,nonRepudiation\n$name"
with harness-wrong-eku "$usage\nextendedKeyUsage=critical,emailProtection\n$name"
with harness-ike-eku "$usage\nextendedKeyUsage=1.3.6.1.5.5.7.3.17\n$name"
with harness-critical "$usage\n1.3.6.1.4.1.32473.1=critical,DER:0500\n$name"
subject_dn=/ with harness-no-subject "$usage\nsubjectAltName=critical,DNS:harness.test"
with harness-many-names "$usage\nsubjectAltName=DNS:other.test,DNS:harness.test,email:harness@example.test,IP:192.0.2.1"
with harness-upper-case "$usage\nsubjectAltName=DNS:HARNESS.TEST"
with harness-wildcard "$usage\nsubjectAltName=DNS:*.test"
with harness-name-in-cn "$usage\nsubjectAltName=email:harness@example.test"
cp "$work/harness-ecdsa.pem" harness-no-chain.pem

chain=$(cat "$work/sub.pem")
before=sub
for below in sub2 sub3; do
  make_key "$work/$below.key" P-256
  sign "$work/$below.key" "ikevet test $below" "$work/$below.pem" "$ca_extensions" $late -keyfile "$work/$before.key" -cert "$work/$before.pem"
  chain=$(printf '%s\n%s' "$(cat "$work/$below.pem")" "$chain")
  before=$below
done
sign harness-ecdsa.key harness.test "$work/deep.pem" "$usage\n$name\n" $late -keyfile "$work/sub3.key" -cert "$work/sub3.pem"
printf '%s\n%s\n' "$(cat "$work/deep.pem")" "$chain" >harness-long-chain.pem
make_key "$work/short.key" P-256
sign "$work/short.key" 'ikevet test short' "$work/short.pem" "${ca_extensions/CA:TRUE/CA:TRUE,pathlen:0}" $late -keyfile "$work/ca.key" -cert ca.pem
make_key "$work/below.key" P-256
sign "$work/below.key" 'ikevet test below' "$work/below.pem" "$ca_extensions" $late -keyfile "$work/short.key" -cert "$work/short.pem"
sign harness-ecdsa.key harness.test "$work/path.pem" "$usage\n$name\n" $late -keyfile "$work/below.key" -cert "$work/below.pem"
cat "$work/path.pem" "$work/below.pem" "$work/short.pem" >harness-path-too-long.pem
sign harness-ecdsa.key harness.test "$work/noca.pem" "$usage\n$name\n" $late -keyfile dut.key -cert "$work/dut.pem"
cat "$work/noca.pem" "$work/dut.pem" "$work/sub.pem" >harness-by-no-ca.pem
for size in 1024 3072 4096; do
  make_key "harness-rsa$size.key" rsa$size
  end_entity "harness-rsa$size" "harness-rsa$size.key" harness.test $late
done

config ''
openssl ca -batch -config "$work/conf" -keyfile "$work/sub.key" -cert "$work/sub.pem" -revoke "$work/harness-revoked.pem" 2>/dev/null
crl() { openssl ca -batch -config "$work/conf" -gencrl -crl_lastupdate 20200101000000Z -crl_nextupdate $late -keyfile "$1" -cert "$2" 2>/dev/null; }
crl "$work/sub.key" "$work/sub.pem" >crl.pem
: >"$work/index"
crl "$work/ca.key" ca.pem >>crl.pem
