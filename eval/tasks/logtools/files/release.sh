#!/bin/sh
set -eu
. lib/paths.sh
install -m 755 bin/* "$PREFIX/bin"
