mixed() { printf '%s\n' "1 t POST /p 200 1" "1 t POST /p 200 1" "1 t GET /g 200 1" "1 t HEAD /h 200 1"; }
eq "1 /g" "$(mixed | log-top --method GET)"
eq "2 /p" "$(mixed | log-top --method POST 1)"
eq "1 /h" "$(mixed | log-top --method HEAD)"
