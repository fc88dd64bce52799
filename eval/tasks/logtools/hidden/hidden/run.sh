set -eu
PATH="$PWD/bin:$PATH"
eq() { [ "$1" = "$2" ] || { echo "expected $1, got $2"; exit 1; }; }
log() { printf '%s\n' "1 t GET /x 201 10" "2 t GET /y 503 2048" "2 t GET /y 302 1"; }
eq "2 /y" "$(log | log-top 1)"
if log | log-top -1 2> /dev/null; then exit 1; fi
eq "2xx 1 3xx 1 4xx 0 5xx 1" "$(log | log-status | tr '\n' ' ' | sed 's/ $//')"
eq "2.0 KB" "$(log | log-size)"
eq "5 B" "$(echo 'a b c d e 5' | log-size)"
if [ -f hidden/task.sh ]; then . hidden/task.sh; fi
