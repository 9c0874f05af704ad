/** Cilium's agent and its maps, by the agent's own program: in its container, or from the host in the agent's file system. Nothing is asked where no agent runs. */
export const CILIUM_SECTIONS = String.raw`
# agent_pid: sets pid to the agent's process, where this sees the host's.
agent_pid() {
  [ -n "$H" ] || [ /proc/1/ns/pid -ef /proc/self/ns/pid ] || return 0
  set +f
  for p in /proc/[0-9]*; do
    name=; { read -r name <"$p/comm"; } 2>/dev/null
    [ "$name" = cilium-agent ] && { pid=${'$'}{p#/proc/}; break; }
  done
  set -f
}
cilium=
pid=
if have cilium-agent; then
  # Up to 1.14 it is called cilium, which on a host is another program.
  for c in cilium-dbg cilium; do have "$c" && { cilium=$c; break; }; done
elif have nsenter; then
  agent_pid
  for c in cilium-dbg cilium; do
    [ -n "$pid" ] && nsenter -t "$pid" -m -- sh -c "command -v $c" >/dev/null 2>&1 && { cilium="nsenter -t $pid -m -- $c"; break; }
  done
fi
# What the agent answers; where it does not, what the command says of that.
agent() { t 15 $cilium "$@" 2>/dev/null || { t 5 $cilium "$@" 2>&1 >/dev/null; return 1; }; }
# picked AWK COMMAND...: what concerns the services that were asked for, and at its end, where all of it came, what that was.
picked() {
  pa=$1; shift
  if [ "$WHOLE" = 1 ] || ! have awk; then "$@" || { printf '(cut off)\n'; return 1; }; return; fi
  { "$@"; printf '#ended %s\n' $?; } | awk -v fronts="$FRONTS" -v ports="$NODEPORTS" -v own="$ADDRESSES" '
    BEGIN {
      n = split(fronts, a, " "); for (i = 1; i <= n; i++) want[a[i]] = 1
      n = split(own, a, " "); for (i = 1; i <= n; i++) pod[a[i]] = 1
      n = split(ports, a, " "); for (i = 1; i <= n; i++) port[a[i]] = 1
    }
    /^#ended / {
      if ($2 != 0) { print "(cut off)"; exit 1 }
      printf "# asked for:"
      for (w in want) printf " %s", w
      for (w in port) printf " :%s", w
      printf "\n"
      next
    }
    '"$pa"
}
# A map as text: a value without a key goes on with the key above it.
LB_AWK='
  /^(SERVICE ADDRESS|ID) / { print; next }
  /^[ \t]/ { if (keep) print; next }
  {
    host = $1; sub(/\/.*$/, "", host)
    end = host; sub(/^.*:/, "", end)
    sub(/:[0-9]+$/, "", host); gsub(/[][]/, "", host)
    keep = (host in want) || (end in port)
    if (keep) print
  }'
# A list of objects as JSON with two blanks a level; one that is written otherwise is left whole.
JSON_AWK='
  NR == 1 && !/^\[[ \t]*\]?[ \t]*$/ { raw = 1 }
  raw { print; next }
  /^  \{/ { object = ""; within = 1; keep = 0; front = 0 }
  !within { print; next }
  { object = object $0 "\n" }
  /"frontend-address": \{/ { front = 1 }
  front && /"ip": / { value = $2; gsub(/[",]/, "", value); if (value in want) keep = 1 }
  front && /"port": / { value = $2; gsub(/[",]/, "", value); if (value in port) keep = 1 }
  front && /\}/ { front = 0 }
  /"ipv[46]": / { value = $2; gsub(/[",]/, "", value); if (value in pod) keep = 1 }
  /^  \}/ { if (keep) printf "%s", object; within = 0 }'
# Connections to the service, and to its pods, which is all that connect() leaves of it.
CT_AWK='
  $4 != "->" { next }
  {
    host = $5
    end = host; sub(/^.*:/, "", end)
    sub(/:[0-9]+$/, "", host); gsub(/[][]/, "", host)
    if ($2 == "SVC" ? (host in want) || (end in port) : $2 == "OUT" && (host in pod)) print
  }'
# Of what an agent says of itself most is about its controllers and other nodes.
brief_status() {
  have awk || { agent status -o json; return; }
  agent status -o json | awk '
    NR == 1 && !/^\{[ \t]*$/ { raw = 1 }
    raw { print; next }
    NR == 1 { print; next }
    /^  "(cilium|kube-proxy-replacement)": \{/ { within = 1; if (some++) print "  ," }
    within && /^  \}/ { print "  }"; within = 0; next }
    within { print }
    END { if (!raw && NR) print "}" }'
}
# What an agent that is gone left: its maps are pinned where their names say. Key and value as bytes, one entry a line.
GLOBALS=/sys/fs/bpf/tc/globals
pinned_map() { $H test -e "/sys/fs/bpf/tc/globals/$1" 2>/dev/null; }
dump_map() {
  bytes=$(t 20 $BPFTOOL -j map dump pinned "$GLOBALS/$1" 2>/dev/null) || return 1
  printf '%s' "$bytes" | tr '{' '\n' | sed -n -e '/^"key":\[/!d' -e 's/"0x\(..\)",\{0,1\}/\1 /g' -e 's/^"key":\[\([^]]*\)\],"value":\[\([^]]*\)\].*/key: \1value: \2/p'
}
# A frontend's key begins with its address and port.
KEY_AWK='
  BEGIN { n = split("'"$FRONT_BYTES"'", a, " "); for (i = 1; i <= n; i++) start[a[i]] = 1 }
  function digit(one) { return index("0123456789abcdef", one) - 1 }
  function byte(two) { return digit(substr(two, 1, 1)) * 16 + digit(substr(two, 2, 1)) }
  /^key:/ {
    key = $0; sub(/value:.*/, "", key); sub(/^key:/, "", key); gsub(/ /, "", key)
    size = length(key) - 16
    if ((substr(key, 1, size) in start) || (byte(substr(key, size + 1, 2)) * 256 + byte(substr(key, size + 3, 2)) in port)) print
  }'
pinned_maps() {
  for f in 4 6; do
    pinned_map "cilium_lb${'$'}{f}_services_v2" || continue
    fronts=$(picked "$KEY_AWK" dump_map "cilium_lb${'$'}{f}_services_v2") || { printf '(cut off)\n'; return 1; }
    printf '# map cilium_lb%s_services_v2\n%s\n' "$f" "$fronts"
    ids=$(printf '%s\n' "$fronts" | sed -n 's/^key: .*value: \(.. .. .. ..\).*/ \1;/p' | tr -d '\n')
    for v in v3 v2; do
      pinned_map "cilium_lb${'$'}{f}_backends_$v" || continue
      backends=$(dump_map "cilium_lb${'$'}{f}_backends_$v") || { printf '(cut off)\n'; return 1; }
      printf '# map cilium_lb%s_backends_%s\n' "$f" "$v"
      printf '%s\n' "$backends" | while read -r w a b c d rest; do
        case $ids in *" $a $b $c $d;"*) printf 'key: %s %s %s %s %s\n' "$a" "$b" "$c" "$d" "$rest";; esac
      done
      break
    done
  done
}
# That no agent runs is known only where all processes of the node are seen, and so the kernel's own.
read -r second 2>/dev/null </proc/2/comm
[ -n "$cilium" ] || agent_pid
if [ -z "$cilium$pid" ] && [ "$second" = kthreadd ] && { pinned_map cilium_lb4_services_v2 || pinned_map cilium_lb6_services_v2; }; then
  if tool bpftool; then
    BPFTOOL=$TOOL
    # This image's own tool finds them below the host's root.
    case $H/$TOOL in /* | */"$H "*) ;; chroot*) GLOBALS=/host$GLOBALS;; *) GLOBALS=/proc/1/root$GLOBALS;; esac
    s cilium-agent.txt 'pgrep cilium-agent' printf 'the process cilium-agent is not running\n'
    s cilium-pinned-maps.txt 'bpftool map dump pinned /sys/fs/bpf/tc/globals/cilium_lb4_services_v2' pinned_maps
  else
    s cilium-agent.txt 'pgrep cilium-agent' printf 'the process cilium-agent is not running, and there is no bpftool to read the maps in %s\n' "$GLOBALS"
  fi
fi
if [ -n "$cilium" ]; then
  s cilium-status.json 'cilium-dbg status -o json' brief_status
  s cilium-service-list.json 'cilium-dbg service list -o json' picked "$JSON_AWK" agent service list -o json
  s cilium-bpf-lb-list.txt 'cilium-dbg bpf lb list' picked "$LB_AWK" t 20 $cilium bpf lb list
  s cilium-bpf-lb-list-frontends.txt 'cilium-dbg bpf lb list --frontends' picked "$LB_AWK" t 20 $cilium bpf lb list --frontends
fi
`

/** The interfaces of its pods, how full its maps are, and connections. */
export const CILIUM_HOST_SECTIONS = `
pressure() { agent metrics list | grep -E '^cilium_bpf_map_pressure|dial unix'; return 0; }
if [ -n "$cilium" ]; then
  s cilium-endpoint-list.json 'cilium-dbg endpoint list -o json' picked "$JSON_AWK" agent endpoint list -o json
  s cilium-metrics-list.txt 'cilium-dbg metrics list' pressure
  # All connections of a node may be a million.
  [ "$WHOLE" = 1 ] || s cilium-bpf-ct-list-global.txt 'cilium-dbg bpf ct list global' picked "$CT_AWK" t 20 $cilium bpf ct list global
fi
`
