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
# What is meant for other Nodes than this, which nobody sees.
unset NODE_OPTIONS
exec "$here/node" "$here/svcpath.cjs" "$@"
