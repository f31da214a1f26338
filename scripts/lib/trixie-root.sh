# shellcheck shell=bash
# Finds, or has built, the small Debian 13 (trixie) root whose servers the tests run against. Sourced, not run; wants packages.sh.
#
# Debian 12 packages no TimescaleDB, and mixing trixie's packages into the machine's own would replace its libc. A root of
# its own changes nothing on the machine: its servers are started by chroot, need no mount, and nothing else sees them.

# The number is raised whenever build-trixie-root.sh changes what it builds, so that a root built by an older recipe is not taken for this one.
readonly trixie_cache="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/orleans-analytics"
readonly trixie_root="$trixie_cache/trixie-servers-1"

# Holds the lock of the cache, on descriptor 9, until the script ends or closes it. Builds and starts exclude each other.
lock_trixie_cache() {
    mkdir -p "$trixie_cache"
    exec 9>"$trixie_cache/lock"
    flock --nonblock 9 && return
    say "waiting for another run that is building or starting the test servers"
    flock --timeout 600 9 || die "another run has held $trixie_cache/lock for ten minutes; end it, then run this again"
}

# Builds the root unless it is there. The caller holds the lock. The root takes its final name only when it is whole, so an
# interrupted build is never taken for a finished one.
ensure_trixie_root() {
    [[ ! -d $trixie_root ]] || return 0
    install_packages debootstrap debian-archive-keyring
    local stale building="$trixie_root.building"
    for stale in "$trixie_cache"/trixie-servers-*.building; do
        [[ ! -e $stale ]] || discard_root "$stale"
    done
    say "building the Debian 13 root with PostgreSQL 17, TimescaleDB and Redis, once; this takes about a minute"
    local log="$trixie_cache/build.log"
    if ! "${BASH_SOURCE[0]%/*}/build-trixie-root.sh" "$building" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        discard_root "$building"
        die "could not build the Debian 13 root; the log is $log"
    fi
    mv "$building" "$trixie_root"
}

discard_root() {
    # debootstrap mounts /proc while it works and leaves it mounted when it is killed.
    umount "$1/proc" 2>/dev/null || true
    rm -rf --one-file-system "$1"
}
