/**
 * What tells that rules, routes or links have changed, and costs nothing until then: a program that asks the kernel for its notifications, stopped before it
 * reads any. What waits in its socket, and how much no longer fitted there, is in /proc/net/netlink.
 */
export const SIGNALS = String.raw`
loud=16000; lost=0
# listen NAME COMMAND...
listen() {
  listener=$1; shift
  "$@" >/dev/null 2>&1 </dev/null &
  eval "PID_$listener=$! INODE_$listener= TRIES_$listener=0"
}
# deaf NAME: ends it.
deaf() {
  eval "pid=\$PID_$1; PID_$1= INODE_$1="
  [ -z "$pid" ] || { kill -9 "$pid"; wait "$pid"; } 2>/dev/null
}
# listen_all: those that are not there. nf_tables must be loaded: who asks for its notifications loads it. One that heard too much rests for some minutes.
listen_all() {
  [ -n "$PID_rules" ] || [ $loud -lt 8000 ] || ! loaded nf_tables || ! tool xtables-nft-multi || listen rules $TOOL xtables-monitor -e
  [ -n "$PID_routes" ] || ! tool ip || listen routes $TOOL monitor link route rule
  guard
}
# join NAME: finds the socket of a listener that is a member of a group, and stops the listener; one that has none after some seconds is of no use.
join() {
  eval "pid=\$PID_$1 inode=\$INODE_$1 tries=\$((TRIES_$1 + 1))"
  [ -n "$pid" ] && [ -z "$inode" ] || return 0
  for inode in $(ls -l "/proc/$pid/fd" 2>/dev/null | sed -n 's/.*socket:\[\([0-9]*\)\].*/\1/p'); do
    grep -q "^[^ ]*  *[0-9][0-9]*  *[-0-9][0-9]*  *0*[1-9a-f][0-9a-f]* .* $inode *\$" /proc/net/netlink || continue
    kill -STOP "$pid"
    eval "INODE_$1=$inode"
    return 0
  done
  if [ $tries -gt 5 ]; then deaf "$1"; else eval "TRIES_$1=$tries"; fi
}
# hear: sets NOW_rules and NOW_routes to something else whenever there was a change; empty: nothing tells of changes.
hear() {
  NOW_rules= NOW_routes=
  [ -n "$INODE_rules$INODE_routes" ] || return 0
  set -- $(grep -e " ${'$'}{INODE_rules:-none} *\$" -e " ${'$'}{INODE_routes:-none} *\$" /proc/net/netlink)
  while [ $# -ge 10 ]; do
    case ${'$'}{10} in
      "$INODE_rules") NOW_rules="$PID_rules $5 $9"; heard=$9;;
      "$INODE_routes") NOW_routes="$PID_routes $5 $9";;
    esac
    shift 10
  done
  [ -n "$NOW_rules" ] || { [ -z "$INODE_rules" ] || deaf rules; return 0; }
  # The kernel makes each notification for whoever asks, and whoever writes thousands of rules waits for that.
  [ "$heard" -ge $lost ] && loud=$((loud - heard + lost))
  lost=$heard
  [ $loud -gt 0 ] || { deaf rules; lost=0; }
}
# is_due NAME SEEN: there was a change, or nothing tells of any; not yet while a listener is being started.
is_due() {
  eval "now=\$NOW_$1 pid=\$PID_$1 inode=\$INODE_$1"
  [ -z "$pid" ] || [ -n "$inode" ] || return 1
  [ -z "$now" ] || ! [ "$now" = "$2" ]
}
`
