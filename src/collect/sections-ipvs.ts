/** How single servers of IPVS are asked for. */
export const IPVS_TOOLS = String.raw`
# Only of the services that were asked for, one by one: among thousands that is quicker than the list.
# virtual_servers WORDS...: what ipvsadm says of each, below a line that says which was asked for; of one that is not there it says so on stderr.
virtual_servers() {
  printf '%s\n' "$IPVS" | while read -r flag place; do
    [ -n "$place" ] || continue
    printf '# ipvsadm %s %s %s\n' "$*" "$flag" "$place"
    t 10 $ipvsadm "$@" "$flag" "$place" 2>&1 </dev/null
  done
  # A node port is a server of each of the node's own addresses.
  printf '%s\n' "$IPVS_PORTS" | while read -r flag port; do
    [ -n "$port" ] || continue
    own_addresses | while read -r address; do
      case $address in *:*) address="[$address]";; esac
      printf '# ipvsadm %s %s %s\n' "$*" "$flag" "$address:$port"
      t 10 $ipvsadm "$@" "$flag" "$address:$port" 2>&1 </dev/null
    done
  done
  # Of those by firewall mark only the rules tell whose packets they take: all are asked for.
  have awk && awk '$1 == "FWM" {print $2}' /proc/net/ip_vs 2>/dev/null | while read -r mark; do
    mark=$((0x$mark))
    printf '# ipvsadm %s -f %s\n' "$*" "$mark"
    t 10 $ipvsadm "$@" -f "$mark" 2>&1 </dev/null
  done
  return 0
}
own_addresses() {
  tool ip || return 0
  t 5 $TOOL -o addr show | while read -r index device family address rest; do
    case $device in lo | kube-ipvs0 | kube-dummy-if) continue;; esac
    case $family/$address in inet/* | inet6/[!f]* | inet6/f[!e]*) printf '%s\n' "${'$'}{address%%/*}";; esac
  done
}
# hexadecimal COMMAND...: of /proc, only what has an address or node port of a service in it.
hexadecimal() {
  if [ "$WHOLE" = 1 ] || ! have awk; then "$@"; return; fi
  passed "$(piped "$@" | awk -v wanted="$HEX" '
    /^#svcpath / { print; next }
    BEGIN { n = split(wanted, all, " "); for (i = 1; i <= n; i++) if (all[i] != "") want[all[i]] = 1 }
    /^(IP Virtual|Prot |Pro )/ || /RemoteAddress/ { print; next }
    # Nothing but its rules says whose packets have a mark.
    /^FWM / { keep = 1; print; next }
    /^ *->/ { if (keep) print; next }
    {
      keep = 0
      n = split($2, part, /[][]|:[0-9A-F]+$/)
      for (i = 1; i <= n; i++) if (part[i] in want) keep = 1
      port = $2; sub(/.*:/, ":", port)
      if (port in want || $4 in want || (":" $5) in want) keep = 1
      if (keep) print
    }')"
}
`

/** IPVS and the ipsets that rules name. Neither is asked where the kernel has it not: asking would load the module. Needs IPVS_TOOLS. */
export const IPVS_SECTIONS = `
if [ -e /proc/net/ip_vs ]; then
  if tool ipvsadm; then
    ipvsadm=$TOOL
    if [ "$WHOLE" = 1 ]; then
      s ipvsadm-Ln.txt 'ipvsadm -Ln' t 20 $ipvsadm -Ln
      s ipvsadm-Ln-stats-exact.txt 'ipvsadm -Ln --stats --exact' t 20 $ipvsadm -Ln --stats --exact
    else
      s ipvsadm-Ln.txt 'ipvsadm -Ln' virtual_servers -Ln
      s ipvsadm-Ln-stats-exact.txt 'ipvsadm -Ln --stats --exact' virtual_servers -Ln --stats --exact
    fi
  else
    s proc-net-ip_vs.txt 'cat /proc/net/ip_vs' hexadecimal t 10 cat /proc/net/ip_vs
  fi
fi

# What has no references is named by no rule.
sets() {
  have awk || { t 20 $ipset save; return; }
  used=$(piped t 10 $ipset list -terse | awk '$1 == "Name:" {name = $2} $1 == "References:" && $2 > 0 {print name} /^#svcpath / {print}')
  case $used in *'#svcpath ended 0') ;; *) passed "$used" >/dev/null; return;; esac
  printf '%s\n' "$used" | while read -r name rest; do
    [ "$name" = '#svcpath' ] || t 10 $ipset save "$name" </dev/null || exit
  done
}
if loaded ip_set; then
  if tool ipset; then ipset=$TOOL; s ipset.txt 'ipset save' sets; else missing ipset.txt 'ipset save'; fi
fi
`

/** The connections that IPVS keeps for itself, which say who is held to which endpoint. */
export const IPVS_CONNECTIONS = `
if [ -e /proc/net/ip_vs_conn ]; then
  s proc-net-ip_vs_conn.txt 'cat /proc/net/ip_vs_conn' hexadecimal t 15 cat /proc/net/ip_vs_conn
fi
`
