#!/usr/bin/env bash
# Does a fresh clone work on a machine that has nothing? Runs tools/demo.sh and then tools/test.sh, or the command given,
# in a Debian 12 made by debootstrap (variant minbase) into a folder.
#
#   tools/bare-debian.sh [--in FOLDER] [COMMAND [ARGUMENT...]]
#
# FOLDER (/var/tmp/ikevet-bare) keeps base/, the untouched system, from which each run makes root/ anew. What was
# committed is tested, not the working tree. Needs root, debootstrap and git; of the host only the network is used.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=/var/tmp/ikevet-bare
if [ "${1:-}" = --in ]; then
  folder=$2
  shift 2
fi
command=("$@")
[ $# -ne 0 ] || command=(bash -c 'time tools/demo.sh && time CI=true tools/test.sh')

fail() {
  echo "bare-debian: $*" >&2
  exit 2
}
[ "$(id -u)" -eq 0 ] || fail "making a root file system needs root: say it again with sudo"
for tool in debootstrap git unshare; do
  command -v $tool >/dev/null || fail "$tool is missing: apt-get install ${tool/unshare/util-linux}"
done

# The mirror that this machine uses, in either of apt's two formats.
mirror=$(sed -nE 's/^URIs:[[:space:]]*([^ ]+).*/\1/p; s/^deb[[:space:]]+(\[[^]]*\][[:space:]]+)?([^ ]+)[[:space:]].*/\2/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources 2>/dev/null | grep -v security | head -n 1 || true)
mirror=${mirror:-http://deb.debian.org/debian}

mkdir -p "$folder"
if [ ! -e "$folder/base.complete" ]; then
  echo "bare-debian: debootstrap --variant=minbase bookworm from $mirror into $folder/base"
  rm -rf "$folder/base"
  debootstrap --variant=minbase bookworm "$folder/base" "$mirror" >"$folder/debootstrap.log" 2>&1 ||
    fail "debootstrap failed; its words are in $folder/debootstrap.log"
  touch "$folder/base.complete"
fi

root=$folder/root
rm -rf --one-file-system "$root"
cp -a "$folder/base" "$root"
cp -L /etc/resolv.conf "$root/etc/resolv.conf"
git -c safe.directory='*' clone --quiet --no-hardlinks . "$root/ikevet"
echo "bare-debian: $(git log -1 --format='%h %s')"
[ -z "$(git status --porcelain)" ] || echo "bare-debian: what is not committed is not tested"

# Mounts and processes of its own, so that nothing is left when the command ends. The root has to be a mount point, or
# `ip netns exec` cannot make its own mounts private inside.
mounts='
set -eu
root=$1; shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
exec chroot "$root" /usr/bin/env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
  TERM="${TERM:-dumb}" ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
  sh -c "cd /ikevet && exec \"\$@\"" sh "$@"'
status=0
unshare --mount --propagation private --pid --fork --kill-child sh -c "$mounts" sh "$root" "${command[@]}" 2>&1 |
  tee "$folder/run.log" || status=$?
echo "bare-debian: exit code $status (log: $folder/run.log, file system: $root)"
exit $status
