eq "5 B" "$(printf 'a b c d e -\na b c d e 5\n' | log-size)"
if printf 'a b c d e 5\na b c\n' | log-size > /dev/null 2>&1; then echo "short line accepted"; exit 1; fi
eq "0 B" "$(log-size < /dev/null)"
