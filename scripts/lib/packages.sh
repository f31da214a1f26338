# shellcheck shell=bash
# Installs Debian packages for the scripts beside this folder. Sourced, not run.

# Prints one line on stderr and ends the script: every failure names what to do about it.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

say() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# install_packages PACKAGE... installs what is missing, by apt, without letting a package start a service of its own:
# this project starts the servers it needs itself, on ports of its own.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep --quiet '^installed$' || missing+=("$package")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    command -v apt-get >/dev/null || die "needs ${missing[*]}, and there is no apt-get here to install them with"
    [[ $(id -u) -eq 0 ]] || die "needs ${missing[*]}: run 'sudo apt-get install ${missing[*]}' once, then this again"
    say "installing ${missing[*]}"

    # invoke-rc.d asks this script before it starts a service. One that is already there belongs to the machine and stays.
    local policy=/usr/sbin/policy-rc.d made_policy=no
    if [[ ! -e $policy ]]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        made_policy=yes
    fi
    local log status=0
    log=$(mktemp)
    apt_install "${missing[@]}" >"$log" 2>&1 || { apt-get update >>"$log" 2>&1 && apt_install "${missing[@]}" >>"$log" 2>&1; } || status=$?
    [[ $made_policy == no ]] || rm -f "$policy"
    [[ $status -eq 0 ]] || tail -n 20 "$log" >&2
    rm -f "$log"
    [[ $status -eq 0 ]] || die "apt-get could not install ${missing[*]}; its last lines are above"
}

apt_install() {
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold "$@" </dev/null
}
