#!/bin/sh
# Starts svcpath with the Node that stands beside it: macOS runs only what is signed, and this Node is as its makers signed it.
self=$0
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=$(dirname "$self")/$target ;;
  esac
done
here=$(cd "$(dirname "$self")" && pwd -P)
exec "$here/node" "$here/svcpath.cjs" "$@"
