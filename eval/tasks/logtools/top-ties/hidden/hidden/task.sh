log | log-top 0 > /dev/null 2>&1 && exit 1
log | log-top 00 > /dev/null 2>&1 && exit 1
eq "2" "$(log | log-top 0 2> /dev/null || echo $?)"
eq "2 /y 1 /x" "$(log | log-top 10 | tr '\n' ' ' | sed 's/ $//')"
