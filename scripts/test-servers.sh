#!/usr/bin/env bash
# The servers that tests need, on free loopback ports: PostgreSQL 17 with TimescaleDB, and Redis.
#
#   scripts/test-servers.sh start    starts what does not run yet and prints the lines that tests read from the environment:
#                                    eval "$(scripts/test-servers.sh start)"
#   scripts/test-servers.sh env      prints these lines again
#   scripts/test-servers.sh status   prints a line for each server; exit 0 when all run
#   scripts/test-servers.sh kill NAME      ends 'postgres' or 'redis' with all its processes as kill -9 does; its data stays
#   scripts/test-servers.sh restart NAME   starts a killed one again on its data and its port
#   scripts/test-servers.sh stop     ends them and deletes their data
#
# Where a Docker engine answers, the servers are containers (TimescaleDB's Community edition). Elsewhere, on Debian and as root,
# they are Debian's own packages (TimescaleDB's Apache edition) in a small root that is built once; see lib/trixie-root.sh.
# TEST_SERVERS_DIR is the folder of logs and addresses, .test-servers in the repository unless set; each folder has servers of its own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/lib/packages.sh
source "$here/lib/packages.sh"
# shellcheck source=scripts/lib/trixie-root.sh
source "$here/lib/trixie-root.sh"

directory=${TEST_SERVERS_DIR:-$here/../.test-servers}
mkdir -p "$directory"
directory=$(cd "$directory" && pwd)
# The folder ignores itself, wherever it was put.
echo '*' >"$directory/.gitignore"

id=$(printf '%s' "$directory" | sha256sum | cut -c1-12)
# A process in a chroot sees nothing outside it, so the servers' data lives in the root, and a failed run's logs in the folder.
data="$trixie_root/srv/$id"
compose=(docker compose --project-name "orleans-analytics-tests-$id" --file "$here/test-servers.compose.yml")

main() {
    case ${1:-} in
        start) start ;;
        stop) stop ;;
        status) status ;;
        env) [[ -e $directory/env ]] || die "nothing runs; 'start' first"; cat "$directory/env" ;;
        kill) named "${2:-}"; kill_server "$2" ;;
        restart) named "${2:-}"; restart_server "$2" ;;
        *) die "say start, stop, status, env, kill NAME or restart NAME" ;;
    esac
}

named() {
    [[ $1 == postgres || $1 == redis ]] || die "name a server: postgres or redis"
    [[ -e $directory/env ]] || die "nothing runs; 'start' first"
}

docker_answers() {
    command -v docker >/dev/null && timeout 15 docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
}

start() {
    # Whatever way a start fails, it leaves nothing running.
    trap 'code=$?; if [[ $code -ne 0 ]]; then exec 9>&-; stop; fi; exit "$code"' EXIT
    if docker_answers; then
        choose_published_ports
        "${compose[@]}" up --detach --wait --wait-timeout 180 >&2
        write_env "$(published_port timescale 5432)" "$(published_port redis 6379)"
    else
        if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
            die "needs a Docker engine, or root on a Debian machine: start Docker, or run this with sudo"
        fi
        lock_trixie_cache
        ensure_trixie_root
        discard_abandoned_data
        if [[ ! -e $directory/env ]] || ! running postgres || ! running redis; then
            stop
            start_in_root
        fi
        exec 9>&-
    fi
    cat "$directory/env"
}

# Docker would choose another port for a container that starts again, so the ports are chosen here, once for each folder.
choose_published_ports() {
    if [[ ! -e $directory/ports ]]; then
        echo "export TEST_POSTGRES_PORT=$(free_port) TEST_REDIS_PORT=$(free_port)" >"$directory/ports"
    fi
    # shellcheck source=/dev/null
    source "$directory/ports"
}

published_port() {
    "${compose[@]}" port "$1" "$2" | sed 's/.*://'
}

# The database is made empty: the migrations under test create the extension themselves.
write_env() {
    cat >"$directory/env.new" <<ENV
export ANALYTICS_TEST_TIMESCALE='Host=127.0.0.1;Port=$1;Username=postgres;Database=analytics'
export ANALYTICS_TEST_REDIS='127.0.0.1:$2'
ENV
    mv "$directory/env.new" "$directory/env"
}

start_in_root() {
    user=$(stat --format '%u:%g' "$trixie_root/var/lib/postgresql")
    mkdir -p "$data/postgres" "$data/redis"
    chown "$user" "$data/postgres" "$data/redis"
    local postgres_port redis_port
    start_redis
    start_postgres
    write_env "$postgres_port" "$redis_port"
}

in_root() {
    chroot --userspec="$user" "$trixie_root" "$@"
}

# launch NAME COMMAND... runs a server of the root in the background, in a session of its own so that a Ctrl-C at the terminal
# does not reach it before 'stop' does. No descriptor of ours stays open in it: a caller that reads our output must see its end.
launch() {
    local name=$1
    shift
    (cd / && exec setsid chroot --userspec="$user" "$trixie_root" "$@") >"$directory/$name.log" 2>&1 </dev/null 9>&- &
    echo $! >"$data/$name.pid"
}

# A pid file alone could name a process that has nothing to do with us: after a restart of the machine, numbers are given out
# anew. Both servers work in their data folder, which tells them from any other process.
running() {
    local pid
    pid=$(cat "$data/$1.pid" 2>/dev/null) && [[ -n $pid && -d /proc/$pid && /proc/$pid/cwd -ef $data/$1 ]]
}

# Ports below the range from which the kernel takes the ports of outgoing connections.
free_port() {
    local port
    while port=$(shuf --input-range=20000-32000 --head-count=1); do
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# start_on_free_port NAME retries, because another process can take a port between the look and the start.
start_on_free_port() {
    local name=$1 attempt port deadline
    for attempt in 1 2 3 4 5; do
        port=$(free_port)
        "launch_$name" "$port"
        deadline=$((SECONDS + 30))
        until running "$name" && "${name}_answers" "$port"; do
            sleep 0.05
            if [[ ! -d /proc/$(cat "$data/$name.pid") ]]; then
                [[ $attempt -lt 5 ]] || { tail -n 20 "$directory/$name.log" >&2; die "$name does not start; its log is $directory/$name.log"; }
                continue 2
            fi
            [[ $SECONDS -lt $deadline ]] || { tail -n 20 "$directory/$name.log" >&2; die "$name does not answer within 30 s; its log is $directory/$name.log"; }
        done
        break
    done
    printf -v "${name}_port" '%s' "$port"
}

start_redis() {
    start_on_free_port redis
}

# As in docker-compose.yml, what was written is there again after a restart.
launch_redis() {
    launch redis redis-server --bind 127.0.0.1 --port "$1" --dir "/srv/$id/redis" --save '' --appendonly yes
}

# Another Redis on that port would answer too, so the answer has to come from our own process.
redis_answers() {
    in_root redis-cli -h 127.0.0.1 -p "$1" info server 2>/dev/null | grep --quiet "^process_id:$(cat "$data/redis.pid")"
}

start_postgres() {
    in_root /usr/lib/postgresql/17/bin/initdb --pgdata="/srv/$id/postgres" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions >"$directory/initdb.log" 2>&1 ||
        { cat "$directory/initdb.log" >&2; die "initdb failed; what it said is above"; }
    # Commits wait as they do in production (synchronous_commit is on by default), so that the order of events is the real one.
    # Only fsync and full_page_writes are off: the data is thrown away, and the machine does not lose power in a test.
    # The buffers hold what a minute of a benchmark with a million accounts writes to; on a server of its own they would be a quarter of its memory.
    # Connections are trusted because only loopback reaches the port and the data is made up.
    cat >>"$data/postgres/postgresql.conf" <<'CONF'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_preload_libraries = 'timescaledb'
timescaledb.telemetry_level = off
timescaledb.max_background_workers = 16
max_worker_processes = 32
max_connections = 200
shared_buffers = '1GB'
max_wal_size = '4GB'
fsync = off
full_page_writes = off
jit = off
CONF
    start_on_free_port postgres
    in_root psql --quiet --no-psqlrc --host=127.0.0.1 --port="$postgres_port" --username=postgres --dbname=postgres \
        --command='create database analytics' >&2
}

launch_postgres() {
    launch postgres /usr/lib/postgresql/17/bin/postgres -D "/srv/$id/postgres" -p "$1"
}

# The pid file of PostgreSQL says "ready" on its eighth line once it accepts connections, and it is our own data folder's.
postgres_answers() {
    [[ $(sed -n 8p "$data/postgres/postmaster.pid" 2>/dev/null) == ready* ]]
}

# Data of a run that was killed, or of a clone that was deleted: nobody will stop it, so the next start clears it away.
discard_abandoned_data() {
    local other data
    for other in "$trixie_root"/srv/*; do
        data=$other
        [[ -d $data ]] && ! running postgres && ! running redis && rm -rf "$data"
    done
    return 0
}

status() {
    if docker_answers; then
        "${compose[@]}" ps
        [[ $("${compose[@]}" ps --services --status running | wc -l) -eq 2 ]] || exit 3
        return
    fi
    local name code=0
    for name in postgres redis; do
        if running "$name"; then
            echo "$name runs, pid $(cat "$data/$name.pid")"
        else
            echo "$name does not run"
            code=3
        fi
    done
    exit "$code"
}

stop() {
    if docker_answers; then
        "${compose[@]}" down --volumes --timeout 10 >&2
        rm -f "$directory/ports"
    else
        # The data goes with the server, so PostgreSQL need not write it out first: QUIT is its immediate shutdown.
        end_server postgres QUIT
        end_server redis TERM
        rm -rf "$data"
    fi
    rm -f "$directory/env"
}

# kill_server NAME leaves everything as it is, pid file and ports included, and nothing of the server alive: a process that is
# left over would keep PostgreSQL from starting on its data.
kill_server() {
    local name=$1 pid
    if docker_answers; then
        choose_published_ports
        "${compose[@]}" kill --signal KILL "$(service_of "$name")" >&2
        return
    fi
    running "$name" || die "$name does not run"
    pid=$(cat "$data/$name.pid")
    # Stopped first, it cannot start another process while its present ones are looked up.
    kill -s STOP "$pid"
    local processes process deadline=$((SECONDS + 20))
    processes="$(pgrep --parent "$pid" || true) $pid"
    # shellcheck disable=SC2086 # Ids, and one that ended by itself meanwhile is no failure.
    kill -s KILL $processes 2>/dev/null || true
    for process in $processes; do
        while alive "$process"; do
            [[ $SECONDS -lt $deadline ]] || die "$name (pid $process) does not end"
            sleep 0.02
        done
    done
}

# A process that has ended, but that its parent has not asked about yet, is none.
alive() {
    [[ -d /proc/$1 ]] && ! grep --quiet '^State:[[:space:]]*Z' "/proc/$1/status" 2>/dev/null
}

restart_server() {
    local name=$1 port deadline
    if docker_answers; then
        choose_published_ports
        "${compose[@]}" up --detach --wait --wait-timeout 60 "$(service_of "$name")" >&2
        return
    fi
    running "$name" && die "$name runs; kill it first"
    user=$(stat --format '%u:%g' "$trixie_root/var/lib/postgresql")
    port=$(port_of "$name")
    # The dead server's file still says "ready". A living one that misses its file would end itself.
    [[ $name != postgres ]] || rm -f "$data/postgres/postmaster.pid"
    "launch_$name" "$port"
    deadline=$((SECONDS + 60))
    until running "$name" && "${name}_answers" "$port"; do
        [[ -d /proc/$(cat "$data/$name.pid") && $SECONDS -lt $deadline ]] ||
            { tail -n 20 "$directory/$name.log" >&2; die "$name does not start again; its log is $directory/$name.log"; }
        sleep 0.05
    done
}

port_of() {
    if [[ $1 == postgres ]]; then
        sed --quiet 's/.*;Port=\([0-9]*\);.*/\1/p' "$directory/env"
    else
        sed --quiet "s/.*ANALYTICS_TEST_REDIS='.*:\([0-9]*\)'/\1/p" "$directory/env"
    fi
}

service_of() {
    if [[ $1 == postgres ]]; then echo timescale; else echo "$1"; fi
}

end_server() {
    local name=$1 signal=$2 pid deadline
    running "$name" || return 0
    pid=$(cat "$data/$name.pid")
    kill -s "$signal" "$pid"
    deadline=$((SECONDS + 20))
    while [[ -d /proc/$pid && $SECONDS -lt $deadline ]]; do sleep 0.05; done
    [[ ! -d /proc/$pid ]] || die "$name (pid $pid) does not end; look at $directory/$name.log"
}

main "$@"
