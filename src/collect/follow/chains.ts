/** The chains of the services by name, which is quick among thousands, and the servers of IPVS. */
export const CHAINS_AGAIN = String.raw`
# print_if_new I NAME TEXT: prints a text, unless it is the one that was printed before.
print_if_new() {
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
  print_if_new "$1" "iptables$2/$3" "$text"
}
# by_dump FAMILY: of the legacy back end all at once: asking it for one chain would take its lock.
by_dump() {
  legacy_tools "$1" || return
  text=$(t 20 $lc -c -t nat | sed 's/$/ /' | grep -F -e "$CHAIN_PATTERN") || text=gone
  print_if_new "legacy$1" "legacy$1/nat" "$text"
}
# nftables I WORDS...: a chain of kube-proxy's own table, or an element of one of its maps.
nftables() {
  i=$1; shift
  text=$($TOOL_NFT "$@" 2>/dev/null) || text=gone
  print_if_new "$i" "nft/$2/$3/$5" "$text"
}
# Weights without the connections of this moment, and what each server counted.
servers() {
  print_if_new ipvs ipvs/servers "$(virtual_servers -Ln | sed -e 's/^\( *-> *[^ ]* *[A-Za-z]* *[0-9]*\) .*/\1/')"
  print_if_new ipvsstats ipvs/stats "$(virtual_servers -Ln --stats --exact)"
}
# chains: counters are in those of iptables and IPVS alone, so chains of nftables are read only where the kernel tells of a change, or cannot.
chains() {
  [ -n "$NAT" ] && modern_tools '' && modern_chains ''
  [ -n "$NAT6" ] && modern_tools 6 && modern_chains 6
  [ -n "$LEGACY" ] && by_dump ''
  [ -n "$LEGACY6" ] && by_dump 6
  if [ -n "$OWN_TABLES" ] && is_due rules "$own_seen"; then
    own_seen=$NOW_rules
    for family in $OWN_TABLES; do own_chains "$family"; done
  fi
  [ -n "$VIRTUAL" ] && servers
  return 0
}
# What there is to be followed; asked again now and then. iptables is asked for a table that is there: some versions would make it.
present() {
  present_at=$n TOOL_NFT=
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
