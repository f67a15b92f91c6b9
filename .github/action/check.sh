#!/usr/bin/env bash
# Checks, writes the findings as SARIF, and shows them in the log for people.
#
# PATHS, ARGUMENTS: one a line; FAIL_ON, SARIF: as the inputs of the action; GITHUB_OUTPUT: set by GitHub.
# Outputs: `exit-code`, and `written`, whether there is a SARIF file.
set -uo pipefail

lines() {
    local line
    list=()
    while IFS= read -r line || [[ -n $line ]]; do
        line=${line%$'\r'}
        if [[ -n ${line//[[:space:]]/} ]]; then
            list+=("$line")
        fi
    done <<<"$1"
}

lines "${ARGUMENTS:-}"
arguments=(${list[@]+"${list[@]}"})
if [[ -n ${FAIL_ON:-} ]]; then
    arguments+=("--fail-on=$FAIL_ON")
fi
lines "${PATHS:-.}"
paths=(${list[@]+"${list[@]}"})
if ((${#paths[@]} == 0)); then
    paths=(.)
fi

rm -f "$SARIF"
# Errors are said once, by the second run.
realint check ${arguments[@]+"${arguments[@]}"} --format sarif --output "$SARIF" -- "${paths[@]}" 2>/dev/null
realint check ${arguments[@]+"${arguments[@]}"} -- "${paths[@]}"
code=$?
if ((code == 2)); then
    echo "::error::realint could not do all of its job; the log says why"
fi
{
    echo "exit-code=$code"
    if [[ -s $SARIF ]]; then echo "written=true"; else echo "written=false"; fi
} >>"$GITHUB_OUTPUT"
