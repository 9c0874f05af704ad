/** What lies around the chains of a service: the rules that packets meet on the way to them and from there, routes and links. */

/** So many chains of a table are read by name. */
const MOST_CHAINS = 40

export const AROUND_AGAIN = String.raw`
# say_if_new I SUBJECT TEXT: says that a text is another one than before, and nothing of what is in it.
say_if_new() {
  eval "old=\$old_$1"
  [ "$3" = "$old" ] && return
  eval "old_$1=\$3"
  [ -z "$old" ] || { said=1; printf '%s d %s\n' "$F" "$2"; }
}
# say_rules TEXT: of all rules. Where one of the others has said meanwhile that something changed, only another look is asked for.
said=
say_rules() {
  [ "$1" = "$rules_before" ] && return
  if [ -z "$rules_before" ]; then :
  elif [ -n "$said" ]; then printf '%s d\n' "$F"
  else printf '%s d rules\n' "$F"
  fi
  rules_before=$1
}
# tables FAMILY TABLES: of iptables the chains by which packets enter and leave, and those that they lead to, by name: thousands of services cost nothing then.
# Of those that kube-proxy writes only the short ones; all in table filter.
tables() {
  modern_tools "$1" || return
  for table in $2; do
    case $table in
      raw) queue='PREROUTING OUTPUT';;
      mangle) queue='PREROUTING INPUT FORWARD OUTPUT POSTROUTING';;
      filter) queue='INPUT FORWARD OUTPUT';;
      *) queue='PREROUTING INPUT OUTPUT POSTROUTING';;
    esac
    say_if_new "tables$1$table" "rules in ip$1 table $table" "$(tables_chains)"
  done
}
tables_chains() {
  seen=' '; reads=0
  while [ -n "${'$'}{queue# }" ]; do
    set -- $queue; chain=$1; shift; queue=$*
    case $seen in *" $chain "*) continue;; esac
    case $table/$chain in filter/* | */KUBE-POSTROUTING | */KUBE-MARK-* | */KUBE-FIREWALL) ;; */KUBE-*) continue;; esac
    reads=$((reads + 1)); [ $reads -gt ${MOST_CHAINS} ] && break
    seen="$seen$chain "
    text=$($ic -t "$table" -S "$chain" 2>/dev/null) || continue
    printf '%s\n' "$text"
    last=
    for word in $text; do
      case $last/$word in
        -[jg]/ACCEPT | -[jg]/DROP | -[jg]/REJECT | -[jg]/RETURN | -[jg]/MARK | -[jg]/MASQUERADE | -[jg]/LOG) ;;
        -[jg]/*) queue="$queue $word";;
      esac
      last=$word
    done
  done
}
# natives: the tables that are neither of iptables nor of kube-proxy, each by name. To list them takes a while beside thousands of chains.
natives() {
  say_if_new natives 'rules in tables of nft' "$($TOOL_NFT list chains | sed -n 's/^table \([a-z0-9]*\) \([^ ]*\) {$/\1 \2/p' | while read -r family name; do
    case $family/$name in ip*/raw | ip*/mangle | ip*/nat | ip*/filter | ip*/security | ip*/kube-proxy) continue;; esac
    printf 'table %s %s\n' "$family" "$name"
    t 10 $TOOL_NFT list table "$family" "$name" | uncounted
  done 2>/dev/null) ."
}
around() {
  [ -z "$TABLES_IP" ] || tables '' "$TABLES_IP"
  [ -z "$TABLES_IP6" ] || tables 6 "$TABLES_IP6"
  return 0
}
# links: routes and links, and the rules that choose a table of routes.
links() {
  tool ip || return
  say_if_new links 'routes or links' "$({ $TOOL rule show; $TOOL -6 rule show; $TOOL route show table all; $TOOL -6 route show table all; $TOOL -o link show; } 2>/dev/null | uncounted)"
}
# uncounted: without what changes all the time.
uncounted() {
  sed -e 's/\[[0-9]*:[0-9]*\]//g' -e 's/ -c [0-9]* [0-9]*//' -e 's/packets [0-9]* bytes [0-9]*//g' -e 's/"packets": [0-9]*, "bytes": [0-9]*//g' -e 's/"*expires"*:* *[0-9a-z]*//g'
}
`

/** Whatever rules there are besides, without their counters. */
export const RULES_AGAIN = (sections: string): string => `
all_rules() {
${sections}
}
rules() {
  all=$(all_rules 2>/dev/null | sed -e "/^$F /d" -e '/^# /d' | uncounted)
  say_rules "$all"
  said=
}
`
