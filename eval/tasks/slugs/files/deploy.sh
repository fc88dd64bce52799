#!/bin/sh
set -eu
. ./scripts/target.sh
rsync -a --delete src/ "$TARGET"
