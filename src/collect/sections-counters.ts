/** Counters that cost nothing to read, and what a second look reads of them. */
export const COUNTERS = String.raw`
# counters: the time first, so that what was counted until then is in no later reading less.
counters() {
  set -- /proc/uptime
  for path in /proc/net/stat/nf_conntrack /proc/net/stat/arp_cache /proc/net/stat/ndisc_cache /proc/net/softnet_stat; do
    [ -r $path ] && set -- "$@" $path
  done
  if have grep; then grep -H . "$@"
  else for path in "$@"; do while IFS= read -r line; do printf '%s:%s\n' "$path" "$line"; done <"$path"; done
  fi
  # Kernels may be built without the file of conntrack's counters.
  [ -r /proc/net/stat/nf_conntrack ] || ! loaded nf_conntrack_netlink || ! tool conntrack || t 5 $TOOL -S | sed 's/^/conntrack -S:/'
}
`

/** Before the rules: whatever they counted when they are read, they had counted most of it by then. */
export const FIRST_READING = `
s counters.txt 'cat /proc/uptime /proc/net/stat/nf_conntrack …' counters
`

/** Of the rules only KUBE-FORWARD's, under the name of the file in which the first look has them. */
export const SECOND_READING = String.raw`
# forwarded FILE COMMAND...
forwarded() {
  ff=$1; shift
  t 20 "$@" -c -t filter | grep -e '-A KUBE-FORWARD ' | sed "s/^/$ff:/"
}
again() {
  counters
  [ "$FORWARD" = 1 ] || return 0
  for v in '' 6; do
    case " $(t 2 cat "/proc/net/ip${'$'}{v}_tables_names" 2>/dev/null | tr '\n' ' ')" in
      *' filter '*) legacy_tools "$v" && forwarded "ip${'$'}{v}tables-legacy-save.txt" $lc;;
    esac
    loaded nf_tables && modern_tools "$v" && forwarded "ip${'$'}{v}tables-save.txt" $is
  done
  return 0
}
s counters-again.txt 'cat /proc/uptime /proc/net/stat/nf_conntrack ${'…'}' again
`
