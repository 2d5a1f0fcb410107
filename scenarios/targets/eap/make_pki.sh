#!/usr/bin/env bash
# Makes the certificates of EAP-TLS and EAP-TTLS for the embedded device and the tests, here. They protect nothing: keys
# that everybody has are in the tree, so that runs are alike everywhere. Valid from 2020 to 2120, since the virtual clock
# of a run starts at a fixed day.
#
#   ca.pem               whom both sides trust
#   server.pem/.key      eap.dut.test
#   client.pem/.key      alice@eap.test
#   stranger.pem/.key    alice@eap.test, said by a CA that nobody trusts
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
validity=(-startdate 20200101000000Z -enddate 21200101000000Z)

make_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

sign() { # REQUEST CA_KEY OUT EXTENSIONS MORE...
  local request=$1 ca_key=$2 out=$3 extensions=$4
  shift 4
  : >"$work/index"
  openssl rand -hex 8 >"$work/serial"
  printf '[ca]\ndefault_ca=d\n[d]\ndatabase=%s/index\nserial=%s/serial\nnew_certs_dir=%s\ndefault_md=sha256\npolicy=p\nunique_subject=no\n[p]\norganizationName=supplied\ncommonName=supplied\n[x]\n%b' \
    "$work" "$work" "$work" "$extensions" >"$work/conf"
  openssl ca -batch -notext -config "$work/conf" -extensions x "${validity[@]}" -keyfile "$ca_key" -in "$request" \
    -out "$out" "$@" 2>/dev/null
}

root() { # NAME TITLE
  make_key "$work/$1.key"
  openssl req -new -key "$work/$1.key" -subj "/O=ikevet/CN=$2" -out "$work/$1.csr"
  sign "$work/$1.csr" "$work/$1.key" "$work/$1.pem" 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n' -selfsign
}

leaf() { # CA NAME CN EXTENSIONS
  make_key "$2.key"
  openssl req -new -key "$2.key" -subj "/O=ikevet/CN=$3" -out "$work/$2.csr"
  sign "$work/$2.csr" "$work/$1.key" "$2.pem" "$4" -cert "$work/$1.pem"
}

root ca "EAP test CA"
root other "another CA"
cp "$work/ca.pem" ca.pem
leaf ca server eap.dut.test 'subjectAltName=DNS:eap.dut.test\nextendedKeyUsage=serverAuth\n'
leaf ca client alice 'subjectAltName=email:alice@eap.test\nextendedKeyUsage=clientAuth\n'
leaf other stranger alice 'subjectAltName=email:alice@eap.test\nextendedKeyUsage=clientAuth,serverAuth\n'
chmod 644 ./*.key
