#!/bin/sh
# Makes a checkout ready to be used: sh scripts/setup.sh [demo|test|check|build|asan|all]
#
# Only what must work without Node.js is here: the check that there is a Node.js
# to go on with, and the lock that lets two set-ups of one checkout take turns.
# The rest is scripts/setup.mjs. Standard output stays empty: the commands that
# come after a set-up have their own results to print there.
set -eu

mode=${1:-all}
needed_major=20
needed_minor=9

case $mode in
  demo | test | check | build | asan | all) ;;
  *)
    echo "livery: unknown set-up '$mode'; it is one of demo, test, check, build, asan, all" >&2
    exit 2
    ;;
esac

found=$(node --version 2>/dev/null) || found=''
major=${found#v}
major=${major%%.*}
minor=${found#*.}
minor=${minor%%.*}
case $major$minor in
  '' | *[!0-9]*) enough=no ;;
  *)
    enough=yes
    if [ "$major" -lt "$needed_major" ]; then enough=no; fi
    if [ "$major" -eq "$needed_major" ] && [ "$minor" -lt "$needed_minor" ]; then enough=no; fi
    ;;
esac
if [ "$enough" = no ]; then
  echo "livery: Node.js $needed_major.$needed_minor or newer is needed, found ${found:-none}; install it (https://nodejs.org) and run this again" >&2
  exit 3
fi

cd "$(dirname "$0")/.."

# The kernel gives the lock up when the last process that holds descriptor 9 is
# gone, however it ended. setup.mjs hands the descriptor on to the programs that
# it starts, so an orphaned `npm ci` of a killed set-up is waited for as well.
if command -v flock >/dev/null 2>&1; then
  mkdir -p .stamp
  exec 9>.stamp/lock
  if ! flock -n 9; then
    echo 'livery: waiting for another set-up of this checkout to end' >&2
    flock 9
  fi
  LIVERY_SETUP_LOCK=9
  export LIVERY_SETUP_LOCK
fi

exec node scripts/setup.mjs "$mode" </dev/null >&2
