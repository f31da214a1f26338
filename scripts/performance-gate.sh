#!/usr/bin/env bash
# Fails when a part of the hot path became more than 20 % slower, or allocates more than 20 % more, than the baseline in the repository.
# Time is compared as a ratio to fixed work that is measured in the same run, so the machine hardly matters.
#
#   scripts/performance-gate.sh            compares
#   scripts/performance-gate.sh --update   measures a new baseline and writes Tests/Benchmarks/Gate/baseline.json; commit it with the reason
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

baseline=Tests/Benchmarks/Gate/baseline.json
gate=Tests/Benchmarks/bin/Release/net10.0/Analytics.Benchmarks.dll
dotnet build Tests/Benchmarks --configuration Release --verbosity quiet --nologo

# Every method is compiled fully at its first call: how far the runtime has come with optimizing is then no part of the result.
export DOTNET_TieredCompilation=0
case ${1:-} in
    '') exec dotnet "$gate" gate ;;
    --update) exec dotnet "$gate" gate --update "$PWD/$baseline" ;;
    *) echo "performance-gate.sh: takes no option, or --update" >&2; exit 2 ;;
esac
