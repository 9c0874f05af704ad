/** Service tables of data planes that serve by other means, where their programs are: in the container that runs them. They need `picked` of Cilium's sections. */
export const TABLE_SECTIONS = String.raw`
# A frontend's line, and its backends below it.
NAT_AWK='
  / port [0-9]+ proto / { keep = ($1 in want) || ($3 in port); if (keep) print; next }
  /^[ \t]+[0-9]+:[0-9]+ / { if (keep) print }'
# The columns of a load balancer's first line stand blank in its further ones.
OVN_AWK='
  /^UUID / { print; next }
  {
    vip = ""
    for (i = 1; i < NF; i++) if ($i ~ /^(tcp|udp|sctp)$/) { vip = $(i + 1); break }
    end = vip; sub(/^.*:/, "", end)
    sub(/:[0-9]+$/, "", vip); gsub(/[][]/, "", vip)
    if ((vip in want) || (end in port)) print
  }'
if have calico-node && [ -d /sys/class/net/bpfin.cali ]; then
  s calico-nat-dump.txt 'calico-node -bpf nat dump' picked "$NAT_AWK" t 15 calico-node -bpf nat dump
fi
antrea_flows() {
  [ "$WHOLE" = 1 ] && { t 20 antctl get ovsflows -T ServiceLB; t 20 antctl get ovsflows -G all; return; }
  for one in $SERVICES; do t 10 antctl get ovsflows -S "${'$'}{one#*/}" -n "${'$'}{one%%/*}"; done
}
if have antctl && have antrea-agent; then
  s antrea-ovsflows.txt 'antctl get ovsflows' antrea_flows
fi
if have ovn-nbctl; then
  s ovn-lb-list.txt 'ovn-nbctl --no-leader-only lb-list' picked "$OVN_AWK" t 15 ovn-nbctl --no-leader-only lb-list
fi
`
