/** The rules in the network namespaces of the asked services' own pods, where a service mesh puts some. */
export const POD_RULE_SECTIONS = String.raw`
# Where this sees the host's files: by a path of its own, since the tools are this image's.
case $H in nsenter*) SEEN=/proc/1/root;; chroot*) SEEN=/host;; *) SEEN=;; esac
# dump COMMAND...: of the namespace IN: a line that says by what it was read, and what that printed.
dump() {
  rules=$(t 3 nsenter --net="$IN" "$@" 2>/dev/null) || return 0
  printf '%s - %s\n' "$NAME" "$*"
  [ -n "$rules" ] || return 0
  printf '%s\n' "$rules" | head -n 400 | while IFS= read -r line; do printf '%s %s\n' "$NAME" "$line"; done
}
# Of the legacy back end only what has tables: asking for one that does not would make it.
pod_rules() {
  more=20
  for path in $SPACES; do
    [ $more -gt 0 ] || return 0
    more=$((more - 1))
    IN=$SEEN$path; NAME=${'$'}{path##*/}
    for v in '' 6; do
      if have "ip${'$'}{v}tables-legacy-save"; then old="ip${'$'}{v}tables-legacy-save"; elif have xtables-legacy-multi; then old="xtables-legacy-multi ip${'$'}{v}tables-save"; else old=; fi
      if have "ip${'$'}{v}tables-nft-save"; then new="ip${'$'}{v}tables-nft-save"; elif have xtables-nft-multi; then new="xtables-nft-multi ip${'$'}{v}tables-save"; else new="ip${'$'}{v}tables-save"; fi
      [ -n "$old" ] && [ -n "$(nsenter --net="$IN" cat "/proc/net/ip${'$'}{v}_tables_names" 2>/dev/null)" ] && dump $old -c
      [ -n "$nft" ] && have "${'$'}{new%% *}" && dump $new -c
    done
  done
  return 0
}
if [ "$WHOLE" = 0 ] && [ -n "$SPACES" ] && have nsenter; then
  nft=; loaded nf_tables && nft=1
  s pod-rules.txt 'ip netns exec ${'…'} iptables-save -c' pod_rules
fi
`
