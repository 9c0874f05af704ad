/** Connections, links, routes, the kernel's settings. */
export const HOST_SECTIONS = String.raw`
# ours COMMAND...: only lines that name an address of the service.
ours() {
  if [ "$WHOLE" = 1 ] || [ -z "$ADDRESSES" ] || ! have grep; then "$@"; return; fi
  pattern='#svcpath ended '
  for a in $ADDRESSES; do pattern="$pattern
=$a"; done
  passed "$(piped "$@" | grep -F -e "$pattern")"
}
# program FILE WORDS NAME ARGUMENTS...: a section by a program of the image or the host.
program() {
  pf=$1; pw=$2; pn=$3; shift 3
  if tool "$pn"; then s "$pf" "$pw" t 10 $TOOL "$@"; else missing "$pf" "$pw"; fi
}

# What conntrack -C says.
entries() { read -r count </proc/sys/net/netfilter/nf_conntrack_count && printf '%s\n' "$count"; }

if loaded nf_conntrack_netlink && tool conntrack; then
  conntrack=$TOOL
  s conntrack.txt 'conntrack -L -o extended' ours t 15 $conntrack -L -o extended
  # Connections by IPv6 concern a service that has such an address.
  case $WHOLE$ADDRESSES in 1* | *:*) s conntrack6.txt 'conntrack -L -f ipv6 -o extended' ours t 15 $conntrack -L -f ipv6 -o extended;; esac
  s conntrack-stats.txt 'conntrack -S' t 5 $conntrack -S
  s conntrack-count.txt 'conntrack -C' entries
elif [ -r /proc/net/nf_conntrack ]; then
  s conntrack.txt 'cat /proc/net/nf_conntrack' ours t 15 cat /proc/net/nf_conntrack
else
  missing conntrack.txt 'conntrack -L -o extended'
fi

tool ip && ip=$TOOL || ip=
if [ -n "$ip" ] && $ip -j link show lo >/dev/null 2>&1; then
  s ip-link.json 'ip -j -d -s link show' $ip -j -d -s link show
  for o in addr neigh; do s "ip-$o.json" "ip -j -d $o show" $ip -j -d $o show; done
  s ip-rule.json 'ip -j rule show' $ip -j rule show
  s ip6-rule.json 'ip -6 -j rule show' $ip -6 -j rule show
  s ip-route.json 'ip -j route show table all' $ip -j route show table all
  s ip6-route.json 'ip -6 -j route show table all' $ip -6 -j route show table all
elif [ -n "$ip" ]; then
  for o in addr neigh rule; do s "ip-$o.txt" "ip $o" t 10 $ip $o; done
  s ip-route.txt 'ip route show table all' t 10 $ip route show table all
  s ip6-route.txt 'ip -6 route show table all' t 10 $ip -6 route show table all
else
  s arp.txt 'cat /proc/net/arp' t 5 cat /proc/net/arp
  s route.txt 'cat /proc/net/route' t 5 cat /proc/net/route
  missing ip-link.json 'ip -j -d -s link show'
fi
if tool bridge && $TOOL -j link show >/dev/null 2>&1; then
  s bridge-fdb.json 'bridge -j fdb show' $TOOL -j fdb show
  s bridge-link.json 'bridge -j -d link show' $TOOL -j -d link show
elif [ -n "$TOOL" ]; then
  s bridge-fdb.txt 'bridge fdb show' t 10 $TOOL fdb show
elif tool brctl; then
  s brctl-show.txt 'brctl show' t 5 $TOOL show
else
  missing bridge-fdb.json 'bridge -j fdb show'
fi

# Programs beside the rules. tcx and netkit only bpftool shows; without it tc is asked at the links that have a place for filters.
tc_filters() {
  qdiscs=$(t 5 $tc qdisc show) || return
  printf '%s\n' "$qdiscs" | while read -r qdisc kind handle dev name rest; do
    case $kind in clsact | ingress) ;; *) continue;; esac
    for direction in ingress egress; do
      [ "$kind/$direction" = ingress/egress ] && continue
      printf '# tc filter show dev %s %s\n' "$name" "$direction"
      t 5 $tc filter show dev "$name" "$direction" </dev/null || exit
    done
  done
}
# The tc of busybox, which its shell prefers to any in PATH, shows no filters.
real_tc() {
  tool tc || return 1
  tc=$TOOL
  for d in /usr/sbin /sbin; do [ "$tc" = tc ] && [ -x $d/tc ] && tc=$d/tc; done
  case $($tc -V 2>&1) in *iproute2*) return 0;; esac
  return 1
}
if tool bpftool && t 10 $TOOL -j net show >/dev/null 2>&1; then
  s bpftool-net.json 'bpftool -j net show' t 10 $TOOL -j net show
  s bpftool-cgroup.json 'bpftool -j cgroup tree' t 10 $TOOL -j cgroup tree
elif real_tc; then
  s tc-filters.txt 'tc filter show dev ${'…'}' tc_filters
fi

# Not by the shell's own read: dash and busybox read byte by byte, and the kernel answers only the first of such reads (proc_dointvec).
settings() {
  # That br_netfilter is not loaded shows by nothing: it is said, for whoever reads this later.
  [ -d /proc/sys/net/bridge ] || printf 'net.bridge = none\n'
  set +f
  set -- /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/rp_filter /proc/sys/net/ipv4/conf/*/route_localnet /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/ipv6/conf/all/disable_ipv6 /proc/sys/net/bridge/* /proc/sys/net/ipv4/vs/conntrack /proc/sys/net/ipv4/vs/expire_nodest_conn /proc/sys/net/ipv4/vs/conn_reuse_mode /proc/sys/net/ipv4/vs/run_estimation /proc/sys/net/ipv4/conf/*/arp_ignore /proc/sys/net/netfilter/nf_conntrack_max /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal /proc/sys/net/ipv4/ip_local_port_range /proc/sys/net/ipv4/ip_local_reserved_ports /proc/sys/net/ipv4/neigh/default/gc_thresh3 /proc/sys/net/ipv6/neigh/default/gc_thresh3
  set -f
  # An interface may have a dot in its name: sysctl then prints a slash for it.
  if have grep && have awk; then
    grep -H . "$@" 2>/dev/null | awk '{
      at = index($0, ":"); path = substr($0, 11, at - 11)
      gsub(/\./, "\001", path); gsub("/", ".", path); gsub("\001", "/", path)
      print path " = " substr($0, at + 1)
    }'
    return
  fi
  if have grep; then grep -H . "$@" 2>/dev/null
  else for path in "$@"; do [ -r "$path" ] && printf '%s:%s\n' "$path" "$(cat "$path" 2>/dev/null)"; done
  fi | while IFS=: read -r path value; do
    printf '%s = %s\n' "$(printf '%s' "${'$'}{path#/proc/sys/}" | tr './' '/.')" "$value"
  done
}
s sysctl.txt 'sysctl net.ipv4.ip_forward ${'…'}' settings

# The interfaces inside the pods' namespaces, and what listens there.
# Those that belong to the service are kept: they are entered again.
SPACES=
spaces() {
  for path in $($H sh -c 'set +f; for n in /run/netns/* /var/run/docker/netns/*; do [ -e "$n" ] && printf "%s\n" "$n"; done' 2>/dev/null); do
    out=$($H nsenter --net="$path" ip -j addr show dev eth0 2>/dev/null) || continue
    [ "$WHOLE" = 1 ] || wanted "$out" || continue
    SPACES="$SPACES $path"
    printf '%s %s\n' "${'$'}{path##*/}" "$out"
  done
  return 0
}
wanted() {
  for a in $ADDRESSES; do case $1 in *"\"$a\""*) return 0;; esac; done
  return 1
}
# A line of its own where ss ran: that nothing listens is told, too.
sockets() {
  for path in $SPACES; do
    listening=$($H nsenter --net="$path" ss -H -l -n -t -u 2>/dev/null) || continue
    space=${'$'}{path##*/}
    printf '%s -\n' "$space"
    [ -n "$listening" ] && printf '%s\n' "$listening" | while IFS= read -r line; do printf '%s %s\n' "$space" "$line"; done
  done
  return 0
}
if have nsenter || [ -n "$H" ]; then
  s pod-netns.txt 'ip netns exec ${'…'} ip -j addr show eth0' spaces
  s sockets.txt 'ip netns exec ${'…'} ss -lntu' sockets
else
  missing pod-netns.txt 'ip netns exec ${'…'} ip -j addr show eth0'
fi

versions() {
  read -r release </proc/sys/kernel/osrelease && printf 'kernel %s\n' "$release"
  printf 'clock %s\n' "$(date +%s)"
  for v in iptables nft; do
    tool $v && says=$(t 2 $TOOL --version 2>&1) && printf '%s %s\n' "$v" "${'$'}{says%%
*}"
  done
  return 0
}
s versions.txt 'uname -r; iptables --version ${'…'}' versions
`
