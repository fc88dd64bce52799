#!/bin/sh
[ "$(printf 'az\nAB\n' | build/hidden_dump -x 3 | tail -n 1)" = "3/3 7a4142" ] && [ "$(echo q | build/hidden_dump 3)" = "1/3 q" ]
