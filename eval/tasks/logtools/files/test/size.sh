. lib/assert.sh

assert_eq "small" "2.5 KB" "$(log-size < test/data/access.log)"
assert_eq "bytes" "7 B" "$(echo 'a b c d e 7' | log-size)"
assert_eq "large" "3.0 GB" "$(echo 'a b c d e 3221225472' | log-size)"
