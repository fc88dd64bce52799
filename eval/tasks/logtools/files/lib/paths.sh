PREFIX=${PREFIX:-/usr/local}
