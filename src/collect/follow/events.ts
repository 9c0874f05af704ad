/** Connections as they come and go, from the kernel itself. */
export const EVENTS = String.raw`
EVENT_PIDS=
# stream FAMILY FILTER...
stream() {
  family=$1; shift
  $conntrack -E -f "$family" -e NEW,UPDATES,DESTROY -o extended "$@" 2>&1 </dev/null &
  EVENT_PIDS="$EVENT_PIDS $!"
}
# events: starts what prints them, and says what it is.
events() {
  on=
  [ -r /proc/sys/net/netfilter/nf_conntrack_events ] && on=$(cat /proc/sys/net/netfilter/nf_conntrack_events)
  TABLE=
  if [ "$on" = 0 ]; then
    printf '%s e none net.netfilter.nf_conntrack_events is 0\n' "$F"
  elif loaded nf_conntrack_netlink && tool conntrack; then
    conntrack=$TOOL
    $streamed
    printf '%s e conntrack\n' "$F"
  elif [ -r /proc/net/nf_conntrack ]; then
    TABLE=1
    printf '%s e table\n' "$F"
  else
    printf '%s e none there is no conntrack tool\n' "$F"
  fi
}
# Where no tool streams them: the connections that nobody has answered.
waiting() {
  print_if_new table table "$(grep -F -e "$PATTERN" /proc/net/nf_conntrack | grep -e SYN_SENT -e UNREPLIED | sed -e 's/\(  *[a-z]*  *[0-9]*  *\)[0-9]*/\1-/2')"
}
# costly: sets CHEAP where events cost less than 0.1 % of a core since it was asked last, and says whether they, and what thins them out, cost more than their share, 0.35 % of a core since they began, with a minute's worth put by.
CHEAP=1; spent_before=0
costly() {
  spent=0
  for pid in $EVENT_PIDS $(cat /proc/$$/task/$$/children 2>/dev/null); do
    [ "$pid" = "$MAIN" ] && continue
    [ -r /proc/$pid/stat ] && read -r line </proc/$pid/stat && set -- $line && spent=$((spent + ${'$'}{14} + ${'$'}{15}))
  done
  [ $((spent - spent_before)) -le 1 ] && CHEAP=1 || CHEAP=
  spent_before=$spent
  [ $((spent * 2000)) -gt $(((NOW - BEGAN + 6000) * 7)) ]
}
`
