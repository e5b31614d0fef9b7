#!/bin/sh
# Makes a checkout ready to be used: sh scripts/setup.sh [demo|test|view|check|build|asan|fuzz|bench|all]
#
# Only what must work without Node.js is here: the check that there is a Node.js
# to go on with, and the lock that lets two set-ups of one checkout take turns.
# The rest is scripts/setup.mjs. Standard output stays empty: the commands that
# come after a set-up have their own results to print there.
set -eu

mode=${1:-all}

case $mode in
  demo | test | view | check | build | asan | fuzz | bench | all) ;;
  *)
    echo "livery: unknown set-up '$mode'; it is one of demo, test, view, check, build, asan, fuzz, bench, all" >&2
    exit 2
    ;;
esac

found=$(node --version 2>/dev/null) || found=''
major=${found#v}
major=${major%%.*}
minor=${found#*.}
minor=${minor%%.*}
# What is used to build and test needs these: 20.19 and 22.12 are the first that
# load an ES module by require().
case $major$minor in
  '' | *[!0-9]*) enough=no ;;
  *)
    case $major in
      20) least=19 ;;
      22) least=12 ;;
      *) least=0 ;;
    esac
    if [ "$major" -lt 20 ] || [ "$major" -eq 21 ] || [ "$minor" -lt "$least" ]; then
      enough=no
    else
      enough=yes
    fi
    ;;
esac
if [ "$enough" = no ]; then
  echo "livery: Node.js 20.19 or newer (of 22: 22.12) is needed, found ${found:-none}; install it (https://nodejs.org) and run this again" >&2
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
