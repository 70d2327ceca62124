# shellcheck shell=bash
# tools/children.sh: read by the tools that start other programs, so that these end with them.
#
#   run PROGRAM [ARGUMENT...]   runs it without input, in a session of its own; the exit status is the program's
#   end_children                ends the program that `run` is waiting for, and all that has come of it; for a trap on EXIT
#
# The reader says how it is told to stop: trap 'exit 130' INT TERM HUP. A signal does not wait for the program to end.

child=''        # the program that `run` is waiting for
started=''      # a variable in the environment of all that has come of it, sessions of their own included
patience=30     # seconds in which it may clean up after itself

run() {
    local status=0
    started=VZ_STARTED_BY_$$_$RANDOM$RANDOM
    env "$started=1" setsid "$@" < /dev/null &
    child=$!
    wait "$child" || status=$?
    child=''
    return "$status"
}

end_children() {
    local left _
    [ -n "$child" ] || return 0
    kill -TERM -- "-$child" 2> /dev/null || kill -TERM "$child" 2> /dev/null || :
    for _ in $(seq $((patience * 10))); do
        kill -0 "$child" 2> /dev/null || break
        sleep 0.1
    done
    for _ in $(seq 100); do
        left=$(grep -lsz "^$started=1\$" /proc/[0-9]*/environ | cut -d/ -f3) || :
        [ -n "$left" ] || break
        # shellcheck disable=SC2086  # a list of numbers
        kill -KILL $left 2> /dev/null || :
        sleep 0.05
    done
    child=''
}
