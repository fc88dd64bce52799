TARGET=${SLUGS_TARGET:-/srv/slugs}
