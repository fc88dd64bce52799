#!/bin/sh
# build.sh [FOLDER...]: compiles src and junit with warnings as errors, then runs the tests in src/test/java and FOLDER
set -eu
rm -rf out
mkdir out
javac -proc:none -Xlint:all -Werror -d out $(find junit src "$@" -name '*.java')
java -ea -cp out org.junit.Runner $(find src/test/java "$@" -name '*Test.java' | sed 's/\.java$//; s/.*\///' | sort)
