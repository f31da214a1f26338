#!/usr/bin/env bash
# The README's first command as a newcomer runs it, on real data where it is at hand; and a producer that is not ours (Python's
# Kafka client with code generated from the .proto) whose transaction the API must answer with within a second.
#
#   scripts/ci-real-data.sh [FILE]   FILE: a CSV to replay; the purchase cards beside the checkout unless given, else generated traffic
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/lib/packages.sh
source "$repository/scripts/lib/packages.sh"
cd "$repository"

file=${1:-../shared/data/purchase-cards-2014-2016.csv}
install_packages curl python3 python3-confluent-kafka python3-protobuf protobuf-compiler libprotobuf-dev

work=$(mktemp --directory)
demo=''
# shellcheck disable=SC2317 # It is reached: by the trap below.
finish() {
    local code=$?
    if [[ -n $demo ]] && kill -0 "$demo" 2>/dev/null; then
        kill -TERM "$demo"
        wait "$demo" || { code=1; say "the demo did not end with 0 after SIGTERM"; }
    fi
    [[ $code -eq 0 ]] || tail -n 40 "$work/demo.log" >&2
    rm -rf "$work"
    exit "$code"
}
trap finish EXIT

arguments=(--Urls=http://127.0.0.1:0 "--Storage:Path=$work/analytics.db")
if [[ -f $file ]]; then
    arguments+=(--input "$file")
else
    say "no $file here: running on generated traffic"
    file=''
fi

# 'dotnet run' would keep the signal to itself: it builds, and the process under test is started as itself.
dotnet build Silo --configuration Release --verbosity quiet
dotnet Silo/bin/Release/net10.0/Silo.dll demo "${arguments[@]}" >"$work/demo.log" 2>&1 &
demo=$!

# wait_for SECONDS COMMAND... repeats the command until it succeeds.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        kill -0 "$demo" 2>/dev/null || die "the demo ended by itself"
        [[ $SECONDS -lt $deadline ]] || die "not within the time: $*"
        sleep 0.1
    done
}

address() { grep --only-matching --max-count=1 'http://127\.0\.0\.1:[0-9]*' "$work/demo.log" >"$work/address"; }
ready() { curl --silent --fail --output /dev/null "$(cat "$work/address")/health/ready"; }
wait_for 60 address
wait_for 60 ready
url=$(cat "$work/address")
kafka=$(grep --only-matching 'Kafka  *127\.0\.0\.1:[0-9]*' "$work/demo.log" | grep --only-matching '127.*')

accepted() {
    curl --silent --fail "$url/v1/overview" | python3 -c "import json, sys; sys.exit(json.load(sys.stdin)['accepted'] < $1)"
}
if [[ -n $file ]]; then
    rows=$(python3 -c "import csv, sys; print(sum(1 for _ in csv.DictReader(open(sys.argv[1]))))" "$file")
    wait_for 180 accepted "$rows"
    curl --silent "$url/v1/overview" | python3 -c "
import json, sys
overview = json.load(sys.stdin)
assert overview['accepted'] == $rows and overview['duplicates'] + overview['late'] + overview['deadLettered'] == 0, overview"
    say "all $rows rows accepted"
else
    wait_for 60 accepted 1000
fi

# The packages above belong to the system's Python, whatever other one comes first on the path.
protoc --python_out="$work" --proto_path=Grains.Interfaces/Protos transaction.proto
PYTHONPATH=$work PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=python /usr/bin/python3 - "$kafka" "$url" <<'PYTHON'
import json, sys, time, urllib.error, urllib.request, uuid
from confluent_kafka import Producer
from transaction_pb2 import Transaction

kafka, url = sys.argv[1:]
account = "python-" + uuid.uuid4().hex[:8]
# The first one warms up the connection; the second one is timed.
for number in (1, 2):
    message = Transaction(
        transaction_id=uuid.uuid4().hex, account_id=account, merchant_id="caf\u00e9 s/mkts & co", amount_minor=1250, currency="EUR",
        type=Transaction.PURCHASE, status=Transaction.APPROVED, channel=Transaction.ECOMMERCE)
    message.occurred_at.GetCurrentTime()
    producer = Producer({"bootstrap.servers": kafka, "partitioner": "murmur2_random"})
    producer.produce("transactions", key=account, value=message.SerializeToString())
    assert producer.flush(10) == 0
    sent = time.monotonic()
    while True:
        try:
            with urllib.request.urlopen(f"{url}/v1/accounts/{account}?asOf=now", timeout=5) as answer:
                window = json.load(answer)["currencies"][0]["windows"]["24h"]
                if window["count"] == number:
                    break
        except urllib.error.HTTPError as error:
            assert error.code == 404, error
        assert time.monotonic() - sent < 10, "never answered"
        time.sleep(0.01)
    elapsed = time.monotonic() - sent
assert window["debitMinor"] == 2500, window
assert elapsed < 1, f"answered after {elapsed:.3f} s"
print(f"a foreign producer's transaction was answered {elapsed * 1000:.0f} ms after its acknowledgement")
PYTHON
