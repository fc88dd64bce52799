. lib/assert.sh

assert_eq "classes" "2xx 3
3xx 1
4xx 1
5xx 1" "$(log-status < test/data/access.log)"
