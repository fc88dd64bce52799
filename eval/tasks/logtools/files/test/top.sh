. lib/assert.sh

assert_eq "all" "3 /a
2 /b
1 /c" "$(log-top < test/data/access.log)"
assert_eq "one" "3 /a" "$(log-top 1 < test/data/access.log)"
assert_eq "none" "" "$(log-top < /dev/null)"
refuses log-top many
