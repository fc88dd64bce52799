# assert_eq WHAT EXPECTED ACTUAL
assert_eq() {
    if [ "$2" != "$3" ]; then
        echo "$1: expected '$2', got '$3'"
        exit 1
    fi
}
# refuses COMMAND...: the command must fail
refuses() {
    if "$@" > /dev/null 2>&1; then
        echo "$* did not fail"
        exit 1
    fi
}
