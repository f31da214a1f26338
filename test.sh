#!/usr/bin/env bash
# Builds everything once and runs the tests.
#
#   ./test.sh                all tests; starts PostgreSQL with TimescaleDB, and Redis, and ends them afterwards
#   ./test.sh --fast         only the tests that need no server
#   ./test.sh [--fast] ARG   every other argument goes to 'dotnet test', for example --filter FullyQualifiedName~Windowing
#
# To test against servers of your own, for example TimescaleDB's Community edition, set both ANALYTICS_TEST_TIMESCALE (a
# connection string of a user who may create databases) and ANALYTICS_TEST_REDIS (host:port); then no server is started.
# TEST_RESULTS names a folder for the .trx files, TestResults/ unless set.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/packages.sh
source "$repository/scripts/lib/packages.sh"
# shellcheck source=scripts/lib/test-counts.sh
source "$repository/scripts/lib/test-counts.sh"
cd "$repository"

fast=no filter='' arguments=()
while [[ $# -gt 0 ]]; do
    case $1 in
        --fast) fast=yes ;;
        -h | --help) sed --quiet '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
        --filter) filter=${2:?--filter wants an expression}; shift ;;
        *) arguments+=("$1") ;;
    esac
    shift
done
# 'dotnet test' takes one filter only, so ours and the caller's become one.
if [[ $fast == yes ]]; then
    filter="${filter:+($filter)&}Needs!=Servers"
fi

if ! command -v dotnet >/dev/null || ! dotnet --list-sdks | grep --quiet '^10\.'; then
    die "needs the .NET 10 SDK: install it so that 'dotnet --list-sdks' shows a 10.x"
fi
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# The build comes first: a compiler error is known before any server is waited for.
dotnet build Orleans.Analytics.sln --configuration Release

# shellcheck disable=SC2317 # It is reached: by the trap below.
stop_servers() {
    local code=$?
    scripts/test-servers.sh stop || code=1
    # The logs of a run that failed stay until the next run, because the reason may be in them.
    [[ $code -ne 0 ]] || rm -rf "$TEST_SERVERS_DIR"
    exit "$code"
}

if [[ $fast == no && ! (-n ${ANALYTICS_TEST_TIMESCALE:-} && -n ${ANALYTICS_TEST_REDIS:-}) ]]; then
    # Servers of this run only: two runs at once, or a developer's own 'test-servers.sh start', do not disturb each other.
    # The folder is named by our process, so that the next run finds what a killed run could not stop.
    for folder in .test-servers/run.*; do
        if [[ -d $folder && ! -d /proc/${folder##*.} ]]; then
            TEST_SERVERS_DIR=$folder scripts/test-servers.sh stop
            rm -rf "$folder"
        fi
    done
    export TEST_SERVERS_DIR="$repository/.test-servers/run.$$"
    trap stop_servers EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    servers=$(scripts/test-servers.sh start)
    eval "$servers"
fi

results=${TEST_RESULTS:-$repository/TestResults}
rm -rf "$results"
code=0
dotnet test Orleans.Analytics.sln --configuration Release --no-build --logger trx --results-directory "$results" \
    ${filter:+--filter "$filter"} "${arguments[@]}" || code=$?

# 'dotnet test' calls it a success when no test matches the filter or none is found.
count_tests "$results"
echo "test.sh: $passed_count passed, $failed_count failed, $skipped_count skipped"
[[ $((passed_count + failed_count)) -gt 0 ]] || die "no test ran${filter:+ (filter: $filter)}"
[[ $failed_count -eq 0 ]] || code=1
exit "$code"
