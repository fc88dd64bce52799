#!/bin/sh
# Put this checkout into production, in a directory of this machine:
#
#     DEPLOY_ROOT=/srv/wavelength DEPLOY_PORT=9000 ./deploy.sh
#     ./deploy.sh --previous [COMMIT]   back to the release before; with COMMIT only if that is what runs
#     ./deploy.sh --stop                take production down
#
# tools/deploy.py says how.
set -eu
cd "$(dirname "$0")"
exec python3 tools/deploy.py "$@"
