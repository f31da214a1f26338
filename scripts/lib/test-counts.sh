# shellcheck shell=bash
# Sums up what 'dotnet test' left in a folder. Sourced, not run.

# count_tests FOLDER sets passed_count, failed_count and skipped_count from the .trx files in it; all 0 when there is none.
# A test that was aborted or timed out did not pass, so it counts as failed.
count_tests() {
    local counters
    passed_count=0 failed_count=0 skipped_count=0
    while read -r counters; do
        passed_count=$((passed_count + $(counter passed "$counters")))
        failed_count=$((failed_count + $(counter failed "$counters") + $(counter error "$counters") + $(counter timeout "$counters") + $(counter aborted "$counters")))
        # VSTest writes notExecuted="0" whatever was skipped, so what is neither passed nor failed is what was skipped.
        skipped_count=$((skipped_count + $(counter total "$counters") - $(counter executed "$counters")))
    done < <(find "$1" -name '*.trx' -exec grep --no-filename --only-matching '<Counters [^>]*>' {} + 2>/dev/null)
}

counter() {
    local number
    number=$(sed --quiet "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$2")
    echo "${number:-0}"
}
