eq "2xx 33%" "$(log | log-status --percent | head -n 1)"
eight() { for code in 200 200 200 200 200 404 404 500; do echo "1 t GET /x $code 1"; done; }
eq "2xx 63% 3xx 0% 4xx 25% 5xx 13%" "$(eight | log-status --percent | tr '\n' ' ' | sed 's/ $//')"
eq "2xx 0%" "$(log-status --percent < /dev/null | head -n 1)"
