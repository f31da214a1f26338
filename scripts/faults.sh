#!/usr/bin/env bash
# Real processes killed, frozen and stopped under a load of known content; then nothing may be lost, nothing doubled.
#
#   scripts/faults.sh [--scenario S] [--seconds N] [--seed K] [--store timescale|sqlite] [--silos N]
#                     [--rate R] [--partitions P] [--only KINDS] [--outage N] [--no-build]
#
#   --scenario random     faults of all kinds drawn from the seed (default)
#              takeover   a silo of several is killed, again and again; every partition must move again within 10 s
#              rolling    SIGTERM and restart of one silo after the other; no partition may stand still for more than 5 s
#              outage     PostgreSQL is away for --outage seconds (180) at --rate 10000; memory stays bounded, live reads go on
#              mixed      a takeover and a rolling restart, then random: what the tests run
#   --seconds N           for how long faults happen (60); start, calm and checks come on top of it
#   --seed K              of the faults and of the load; a random one unless given, and always printed first
#   --store               timescale (default) with three silos, or sqlite with one
#   --silos N             how many silos (3)
#   --rate R              records a second (300)
#   --partitions P        of the topic (6), once all have been added. The broker, which lives in the test process, keeps 5 MB of
#                         each: a run whose rate is too high for its faults ends with a message that says so
#   --only KINDS          kinds to draw from, separated by commas: SiloKilled, AllSilosKilled, SiloFrozen, SiloRestarted, StoreKilled,
#                         MembershipKilled, BrokerErrors, BrokerSlow, BrokerDown, PartitionsAdded
#   --no-build            when everything is built already
#
# It starts PostgreSQL with TimescaleDB, and Redis, for itself (scripts/test-servers.sh), kills them too, and ends them. The last lines
# are a table: faults by kind with the longest stall of any partition after them, records, lost, doubled, dead letters. Exit code 0 when
# nothing is wrong. What the silos wrote is kept when something is.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/lib/packages.sh
source "$repository/scripts/lib/packages.sh"
cd "$repository"

build=yes
export ANALYTICS_FAULTS_SECONDS=60
while [[ $# -gt 0 ]]; do
    case $1 in
        --scenario | --seconds | --seed | --store | --silos | --rate | --partitions | --only | --outage)
            [[ $# -gt 1 ]] || die "$1 wants a value"
            name=${1#--}
            export "ANALYTICS_FAULTS_${name^^}=$2"
            shift
            ;;
        --no-build) build=no ;;
        *) die "there is no option $1; the header of scripts/faults.sh lists them" ;;
    esac
    shift
done

if [[ $build == yes ]]; then
    DOTNET_CLI_TELEMETRY_OPTOUT=1 dotnet build Tests --configuration Release --verbosity quiet
fi
exec Tests/bin/Release/net10.0/Analytics.Tests -method '*FaultTests.Faults_by_hand' -showLiveOutput -noColor
