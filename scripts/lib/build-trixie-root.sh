#!/usr/bin/env bash
# build-trixie-root.sh FOLDER makes FOLDER a small Debian 13 (trixie) root with PostgreSQL 17, TimescaleDB (Apache edition) and
# Redis, and no service of its own. Run by trixie-root.sh, as root. A program of its own because bash would not stop at the
# first failing command of a function that is called in a condition.
set -euo pipefail

# shellcheck source=scripts/lib/packages.sh
source "$(dirname "${BASH_SOURCE[0]}")/packages.sh"

# The mirror is the one that the machine's own apt uses: it is the one that is reachable from here. Another Linux than Debian has
# none, and takes DEBIAN_MIRROR from the environment.
debian_mirror() {
    # shellcheck disable=SC2016 # apt expands it, not the shell.
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | sed --quiet 1p
}

build_root() {
    local root=$1 mirror keyring
    mirror=${DEBIAN_MIRROR:-$(debian_mirror)}
    if [[ -z $mirror ]]; then
        apt-get update
        mirror=$(debian_mirror)
    fi
    [[ -n $mirror ]] || die "apt knows no Debian mirror on this machine: set DEBIAN_MIRROR to the address of one, or start a Docker engine"
    keyring=$(trixie_keyring)

    debootstrap --variant=minbase --keyring="$keyring" trixie "$root" "$mirror" /usr/share/debootstrap/scripts/sid
    umount "$root/proc" 2>/dev/null || true

    # No service may start inside, nobody reads manuals there, and the JIT's compiler is 150 MB of which no test has a use.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod 755 "$root/usr/sbin/policy-rc.d"
    cat >"$root/etc/dpkg/dpkg.cfg.d/small-and-quick" <<'DPKG'
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/lib/*/libLLVM*
path-exclude=/usr/lib/*/libz3*
path-exclude=/usr/lib/llvm*
path-exclude=/usr/lib/postgresql/*/lib/llvmjit*
path-exclude=/usr/lib/postgresql/*/lib/bitcode/*
DPKG
    mkdir -p "$root/etc/postgresql-common"
    echo 'create_main_cluster = false' >"$root/etc/postgresql-common/createcluster.conf"

    # The servers run as this user. Its number is the one that the machine gives to its own postgres, or one that it gives to
    # nobody: a number of some other user would let that user signal the servers.
    local uid gid
    if uid=$(id -u postgres 2>/dev/null); then
        gid=$(id -g postgres)
    else
        uid=899
        while getent passwd "$uid" >/dev/null || getent group "$uid" >/dev/null; do uid=$((uid - 1)); done
        gid=$uid
    fi
    chroot "$root" groupadd --system --gid "$gid" postgres
    chroot "$root" useradd --system --uid "$uid" --gid "$gid" --home-dir /var/lib/postgresql --no-create-home --shell /bin/sh postgres

    # apt inside reaches the mirror in the way that apt outside does: same names, same proxies, same certificates.
    cp /etc/hosts "$root/etc/hosts"
    apt-config dump | grep --extended-regexp '^Acquire::(https?|ftp|Retries|Check-)' >"$root/etc/apt/apt.conf.d/as-on-the-host" || true
    if [[ -e /etc/ssl/certs/ca-certificates.crt ]]; then
        mkdir -p "$root/etc/ssl/certs"
        cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    fi
    DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 chroot "$root" apt-get install --yes --no-install-recommends \
        -o Dpkg::Options::=--force-confold postgresql-17-timescaledb redis-server </dev/null
    chroot "$root" apt-get clean
    rm -rf "$root"/var/lib/apt/lists/*

    # PostgreSQL keeps the memory that its workers share in /dev/shm; a plain folder will do.
    mkdir -p "$root/dev/shm"
    chmod 1777 "$root/dev/shm"
    chroot "$root" /usr/lib/postgresql/17/bin/postgres --version
    test -e "$root/usr/share/postgresql/17/extension/timescaledb.control"
    chroot "$root" redis-server --version
}

# Signatures are always checked. A machine whose keyring is older than trixie gets the newer keyring by way of its own apt,
# which checks it against keys that the machine already trusts.
trixie_keyring() {
    local directory=/usr/share/keyrings
    if [[ ! -e $directory/debian-archive-trixie-stable.gpg ]]; then
        apt-get update >&2
        apt_install debian-archive-keyring >&2
    fi
    [[ -e $directory/debian-archive-trixie-stable.gpg ]] ||
        die "no signing key of Debian 13 in $directory: install a newer debian-archive-keyring, or start a Docker engine"
    echo "$directory/debian-archive-keyring.gpg"
}

build_root "$1"
