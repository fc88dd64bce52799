set -eu
PATH="$PWD/bin:$PATH"
eq() { [ "$1" = "$2" ] || { echo "expected $1, got $2"; exit 1; }; }
size() { echo "a b c d e $1" | log-size; }
eq "999 B" "$(size 999)"
eq "1.0 kB" "$(size 1000)"
eq "2.5 MB" "$(size 2500000)"
eq "3.2 GB" "$(size 3200000000)"
