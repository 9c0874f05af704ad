/** What a node reads again and again while it is watched. Each text is printed when it has changed. */

/** The chains of the services by name, which is quick among thousands, and the servers of IPVS. */
export const CHAINS_AGAIN = String.raw`
# told I NAME TEXT: prints a text, unless it is the one that was printed before.
told() {
  eval "old=\$old_$1"
  [ "$3" = "$old" ] && return
  eval "old_$1=\$3"
  printf '%s c %s %s\n%s\n%s .\n' "$F" "$1" "$2" "$3" "$F"
}
# by_name I FAMILY CHAIN [always]: of iptables by nf_tables. The first line says how many rules lead to the chain. One that was never there is asked for now and then.
by_name() {
  eval "old=\$old_$1"
  [ "$old" = gone ] && [ -z "$4" ] && [ $((n % 60)) != 1 ] && return
  text=$($ic -t nat -v -n -x -L "$3" 2>/dev/null) || text=gone
  told "$1" "iptables$2/$3" "$text"
}
# by_dump FAMILY: of the legacy back end all at once: asking it for one chain would take its lock.
by_dump() {
  legacy_tools "$1" || return
  text=$(t 20 $lc -c -t nat | sed 's/$/ /' | grep -F -e "$CHAIN_PATTERN") || text=gone
  told "legacy$1" "legacy$1/nat" "$text"
}
# nftables I WORDS...: a chain of kube-proxy's own table, or an element of one of its maps.
nftables() {
  i=$1; shift
  text=$($TOOL_NFT "$@" 2>/dev/null) || text=gone
  told "$i" "nft/$2/$3/$5" "$text"
}
# Weights without the connections of this moment, and what each server counted.
servers() {
  told ipvs ipvs/servers "$(virtual_servers -Ln | sed -e 's/^\( *-> *[^ ]* *[A-Za-z]* *[0-9]*\) .*/\1/')"
  told ipvsstats ipvs/stats "$(virtual_servers -Ln --stats --exact)"
}
# tables FAMILY TABLES: where packets enter and leave the tables of iptables, and the chains that forwarded ones are led to first. By name: thousands of services cost nothing then.
tables() {
  modern_tools "$1" || return
  told "tables$1" "tables$1" "$(for table in $2; do
    case $table in
      raw) bases='PREROUTING OUTPUT';;
      mangle) bases='PREROUTING FORWARD';;
      filter) bases='INPUT FORWARD OUTPUT';;
      *) bases='PREROUTING OUTPUT POSTROUTING';;
    esac
    for base in $bases; do
      text=$(t 10 $ic -t "$table" -S "$base")
      printf '%s\n' "$text"
      [ "$base" = FORWARD ] || continue
      for target in $(printf '%s\n' "$text" | sed -n 's/.* -[jg] \([^ ]*\).*/\1/p'); do
        case $target in ACCEPT | DROP | REJECT | RETURN | MARK | LOG | TCPMSS) ;; *) t 10 $ic -t "$table" -S "$target";; esac
      done
    done
  done 2>/dev/null)"
}
all_tables() {
  [ -z "$TABLES_IP" ] || tables '' "$TABLES_IP"
  [ -z "$TABLES_IP6" ] || tables 6 "$TABLES_IP6"
}
chains() {
  [ -n "$NAT" ] && modern_tools '' && modern_chains ''
  [ -n "$NAT6" ] && modern_tools 6 && modern_chains 6
  [ -n "$LEGACY" ] && by_dump ''
  [ -n "$LEGACY6" ] && by_dump 6
  for family in $OWN_TABLES; do own_chains "$family"; done
  [ -n "$VIRTUAL" ] && servers
  return 0
}
# What there is to be followed; asked again now and then. iptables is asked for a table that is there: some versions would make it.
present() {
  NAT=$KNOWN_NAT NAT6= LEGACY= LEGACY6= OWN_TABLES= VIRTUAL= TABLES_IP= TABLES_IP6=
  grep -q '^nat$' /proc/net/ip_tables_names 2>/dev/null && LEGACY=1
  grep -q '^nat$' /proc/net/ip6_tables_names 2>/dev/null && LEGACY6=1
  if loaded nf_tables && tool nft; then
    TOOL_NFT=$TOOL
    $TOOL_NFT list chain ip nat KUBE-POSTROUTING >/dev/null 2>&1 && NAT=1
    $TOOL_NFT list chain ip6 nat KUBE-POSTROUTING >/dev/null 2>&1 && NAT6=1
    for table in raw/PREROUTING mangle/PREROUTING filter/FORWARD nat/OUTPUT; do
      $TOOL_NFT list chain ip ${'$'}{table%/*} ${'$'}{table#*/} >/dev/null 2>&1 && TABLES_IP="$TABLES_IP ${'$'}{table%/*}"
      $TOOL_NFT list chain ip6 ${'$'}{table%/*} ${'$'}{table#*/} >/dev/null 2>&1 && TABLES_IP6="$TABLES_IP6 ${'$'}{table%/*}"
    done
    for family in ip ip6; do $TOOL_NFT list chain $family kube-proxy services >/dev/null 2>&1 && OWN_TABLES="$OWN_TABLES $family"; done
  fi
  if [ -e /proc/net/ip_vs ] && tool ipvsadm; then ipvsadm=$TOOL; VIRTUAL=1; fi
}
`

/** Whatever decides the way besides: all rules, routes and links, without what they count. */
export const RULES_AGAIN = (sections: string): string => String.raw`
all_rules() {
${sections}
tool ip && { t 10 $TOOL route show table all; t 10 $TOOL -6 route show table all; t 10 $TOOL -o link show; }
}
rules() {
  all=$(all_rules 2>/dev/null | sed -e "/^$F /d" -e '/^# /d' -e 's/\[[0-9]*:[0-9]*\]//g' -e 's/ -c [0-9]* [0-9]*//' -e 's/packets [0-9]* bytes [0-9]*//g' -e 's/"packets": [0-9]*, "bytes": [0-9]*//g' -e 's/"*expires"*:* *[0-9a-z]*//g')
  [ "$all" = "$before" ] && return
  [ -n "$before" ] && printf '%s d\n' "$F"
  before=$all
}
`

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
  told table table "$(grep -F -e "$PATTERN" /proc/net/nf_conntrack | grep -e SYN_SENT -e UNREPLIED | sed -e 's/\(  *[a-z]*  *[0-9]*  *\)[0-9]*/\1-/2')"
}
# costly: events, and what thins them out, cost more than their share, 0.4 % of a core since they began, with a minute's worth put by.
costly() {
  spent=0
  for pid in $EVENT_PIDS $(cat /proc/$$/task/$$/children 2>/dev/null); do
    [ "$pid" = "$MAIN" ] && continue
    [ -r /proc/$pid/stat ] && read -r line </proc/$pid/stat && set -- $line && spent=$((spent + ${'$'}{14} + ${'$'}{15}))
  done
  [ $((spent * 1000)) -gt $(((NOW - BEGAN + 6000) * 4)) ]
}
`

/** The loop: a beat on standard input, what is due, a tick on standard output. It ends with its input, or where no beat comes. */
export const LOOP = String.raw`
trap '' PIPE
read -r MAIN rest </proc/self/stat
GUARD=
# The pod that this runs in was made for it, and ends with it.
end_pod() {
  [ -n "$POD_SLEEP" ] || return
  set +f
  for p in /proc/[0-9]*; do
    [ "$p/ns/mnt" -ef /proc/self/ns/mnt ] || continue
    [ "$(tr '\0' ' ' <"$p/cmdline" 2>/dev/null)" = "sleep $POD_SLEEP " ] && kill -9 "${'$'}{p#/proc/}"
  done
  set -f
}
# guard: ends everything when no beat has come for a while, whatever has become of the loop itself.
guard() {
  unguard
  (
    trap 'kill $nap; wait $nap; exit 0' TERM
    sleep "$PATIENCE" & nap=$!
    wait $nap
    kill $EVENT_PIDS $MAIN
    end_pod
  ) >/dev/null 2>&1 </dev/null &
  GUARD=$!
}
unguard() { [ -z "$GUARD" ] || { kill $GUARD; wait $GUARD; } 2>/dev/null; GUARD=; }
leave() {
  trap '' TERM
  [ -z "$EVENT_PIDS" ] || { kill $EVENT_PIDS; wait $EVENT_PIDS; } 2>/dev/null
  unguard
  end_pod
  exit 0
}
trap leave TERM
# What this shell and all that it waited for has cost, in hundredths of a second.
cpu() { read -r line </proc/self/stat; set -- $line; CPU=$((${'$'}{14} + ${'$'}{15} + ${'$'}{16} + ${'$'}{17})); }
# spend WORK: does it, and sets SPENT.
spend() {
  cpu; c0=$CPU
  "$1"
  cpu
  SPENT=$((CPU - c0))
}

clock; BEGAN=$NOW; last=$NOW
few=5000; some=5000; many=5000; n=0
guard
printf '%s h %s\n' "$F" "$NOW" 2>/dev/null || leave
events
while read -r beat; do
  clock
  n=$((n + 1))
  # 0.25 % of a core for what is read by name, 0.15 % for the short tables, 0.1 % for all there is; each with some put by.
  few=$((few + (NOW - last) * 5 / 2)); [ $few -gt 5000 ] && few=5000
  some=$((some + (NOW - last) * 3 / 2)); [ $some -gt 5000 ] && some=5000
  many=$((many + NOW - last)); [ $many -gt 30000 ] && many=30000
  last=$NOW
  [ $((n % 8)) = 0 ] && guard
  if [ $few -gt 0 ]; then
    [ $((n % 60)) = 1 ] && { spend present; few=$((few - SPENT * 1000)); }
    spend chains; few=$((few - SPENT * 1000))
    [ -n "$TABLE" ] && { spend waiting; few=$((few - SPENT * 1000)); }
  fi
  [ $some -gt 0 ] && { spend all_tables; some=$((some - SPENT * 1000)); }
  [ $many -gt 0 ] && { spend rules; many=$((many - SPENT * 1000)); }
  if [ -n "$EVENT_PIDS" ] && [ $((n % 10)) = 0 ] && costly; then
    { kill $EVENT_PIDS; wait $EVENT_PIDS; } 2>/dev/null
    EVENT_PIDS=
    printf '%s e none events would cost more than 0.4 % of a core\n' "$F"
  fi
  printf '%s t %s\n' "$F" "$NOW" 2>/dev/null || leave
done
leave
`
