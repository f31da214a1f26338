#!/usr/bin/env bash
# Checks everything that deploys the system but that no test runs: the Helm chart, the compose files, the Dockerfile, Prometheus'
# configuration and alerts, Grafana's dashboards, and the scripts. Prints a line for each check; exit 1 when one fails. Needs no
# Docker engine and no cluster; installs by apt what it is short of.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/packages.sh
source "$here/lib/packages.sh"
cd "$here/.."

readonly chart=charts/orleans-analytics
readonly kubernetes_version=1.30.0
readonly typescript_version=5.9.3
readonly cache="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/orleans-analytics"

work=$(mktemp --directory)
trap 'rm -rf "$work"' EXIT
failures=0

# check WHAT COMMAND... prints one line, and what the command said only when it failed. COMMAND runs in a shell of its own that
# stops at the first failure: bash would not stop inside a function that is called in a condition.
check() {
    local what=$1 code=0
    shift
    set +e
    (set -e; "$@") >"$work/output" 2>&1
    code=$?
    set -e
    if [[ $code -eq 0 ]]; then
        echo "ok     $what"
    else
        echo "FAILED $what"
        sed 's/^/       /' "$work/output"
        failures=$((failures + 1))
    fi
}

# lint COMMAND... runs deploy-lint, which prints a line for each of its own checks.
lint() {
    "$work/deploy-lint" "$@" || failures=$((failures + 1))
}

main() {
    install_tools
    build_deploy_lint

    check_chart
    check "docker-compose.yml" "${compose[@]}" --file docker-compose.yml config --quiet
    check "scripts/test-servers.compose.yml" "${compose[@]}" --file scripts/test-servers.compose.yml config --quiet
    lint compose deploy/settings.txt docker-compose.yml
    check "Dockerfile: its build, without an engine" build_as_dockerfile
    check "the collector's first generation: the image, dotnet run and bench agree" collector_agrees
    check "Prometheus' configuration" promtool check config deploy/prometheus/prometheus.yml
    check "Prometheus' rules" promtool check rules deploy/prometheus/rules/*.yml
    check "Prometheus' rules raise what they should" promtool test rules deploy/prometheus/tests/*.test.yml
    lint rules deploy/metrics.txt deploy/prometheus/rules/*.yml
    lint dashboards -rules "$work/dashboards.yml" deploy/metrics.txt deploy/grafana/dashboards/*.json
    check "the dashboards' expressions" promtool check rules "$work/dashboards.yml"
    check "Grafana's provisioning names the dashboards' data source" grep --quiet '"value": "prometheus"' deploy/grafana/dashboards/orleans-analytics.json
    check "shell scripts" shellcheck --external-sources --severity=warning test.sh .ci/run scripts/*.sh scripts/lib/*.sh

    [[ $failures -eq 0 ]] || die "$failures of the checks above failed"
}

install_tools() {
    local packages=(golang-github-masterminds-sprig-dev golang-gopkg-yaml.v3-dev golang-github-xeipuuv-gojsonschema-dev)
    command -v go >/dev/null || packages+=(golang-go)
    command -v promtool >/dev/null || packages+=(prometheus)
    command -v shellcheck >/dev/null || packages+=(shellcheck)
    command -v npm >/dev/null || packages+=(nodejs npm)
    # Compose reads and checks a file without an engine.
    compose=(docker compose)
    if ! docker compose version >/dev/null 2>&1; then
        compose=(docker-compose)
        command -v docker-compose >/dev/null || packages+=(docker-compose)
    fi
    install_packages "${packages[@]}"
}

# Debian's Go libraries are sources in one folder, for Go's way of building before modules: nothing is downloaded.
build_deploy_lint() {
    GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' go build -o "$work/deploy-lint" ./scripts/deploy-lint
}

check_chart() {
    mkdir "$work/rendered"
    lint chart -out "$work/rendered" deploy/settings.txt "$chart"
    check "$chart: every field is one that Kubernetes $kubernetes_version has" check_fields "$work"/rendered/*.json
    # Where the real Helm is at hand it has the last word.
    if command -v helm >/dev/null; then
        local values name
        for values in "$chart"/ci/*-values.yaml; do
            name=$(basename "$values" .yaml)
            check "helm lint with $name" helm lint --strict --values "$values" "$chart"
            check "helm template with $name" render_with_helm "$values" "$work/rendered/$name-by-helm.yaml"
            lint manifests deploy/settings.txt "$work/rendered/$name-by-helm.yaml"
        done
    fi
}

render_with_helm() {
    helm template test-release "$chart" --namespace test-namespace --values "$1" >"$2"
}

# The API's types as TypeScript: the compiler refuses a field that its type does not have, where a cluster would ignore it.
check_fields() {
    local types="$cache/kubernetes-types-$kubernetes_version-$typescript_version"
    if [[ ! -d $types ]]; then
        mkdir -p "$cache"
        local building
        building=$(mktemp --directory "$types.XXXXXX")
        npm install --prefix "$building" --no-save --no-package-lock --no-audit --no-fund --ignore-scripts \
            "kubernetes-types@$kubernetes_version" "typescript@$typescript_version"
        # Another run may have been quicker; then its folder stays.
        mv --no-target-directory "$building" "$types" 2>/dev/null || rm -rf "$building"
    fi
    node scripts/deploy-lint/fields.js "$types" "$@"
}

# Does what the Dockerfile's first stage does, with the machine's own SDK: only what it copies is there to build from.
build_as_dockerfile() {
    local source="$work/source" app="$work/app" instruction rest stage=0 words from
    mkdir "$source"
    while read -r instruction rest; do
        case $instruction in
            FROM) stage=$((stage + 1)) ;;
            COPY)
                [[ $stage -eq 1 ]] || continue
                read -ra words <<<"$rest"
                mkdir -p "$source/${words[-1]}"
                for from in "${words[@]::${#words[@]}-1}"; do
                    grep --quiet --line-regexp --fixed-strings "!${from%%/*}" .dockerignore || die "COPY $from: .dockerignore holds it back"
                    if [[ -d $from ]]; then
                        tar --create --exclude=bin --exclude=obj --directory "$from" . | tar --extract --directory "$source/${words[-1]}"
                    else
                        cp "$from" "$source/${words[-1]}"
                    fi
                done
                ;;
            RUN)
                [[ $stage -eq 1 ]] || continue
                read -ra words <<<"${rest//\/app/$app}"
                (cd "$source" && "${words[@]}" -nodeReuse:false)
                ;;
            ENTRYPOINT)
                local program
                program=$(sed --quiet 's/.*"\([^"]*\.dll\)".*/\1/p' <<<"$rest")
                [[ -e $app/$program ]] || die "ENTRYPOINT starts $program, which the build does not make"
                ;;
        esac
    done <Dockerfile
    [[ $stage -eq 2 ]] || die "expected two stages, found $stage"
}

# The runtime takes this from the environment only, so it stands in three places, and what is measured has to be what is deployed.
collector_agrees() {
    local variable=DOTNET_GCgen0size image launch bench
    image=$(sed --quiet "s/^ENV $variable=//p" Dockerfile)
    launch=$(sed --quiet "s/.*\"$variable\": *\"\([^\"]*\)\".*/\1/p" Silo/Properties/launchSettings.json)
    bench=$(sed --quiet "/\"$variable\"/,/CollectorBytes/s/.* CollectorBytes = \"\([^\"]*\)\";.*/\1/p" Silo/Bench/Processes/ChildProcess.cs)
    [[ -n $image && $image == "$launch" && $image == "$bench" ]] ||
        die "$variable is '$image' in Dockerfile, '$launch' in Silo/Properties/launchSettings.json and '$bench' in ChildProcess.cs"
}

main
