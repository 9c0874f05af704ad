import { parseAddress } from '../model/address.ts'
import { TRACE_TABLE, type TracedPackets } from '../model/kernel-trace/packets.ts'
import { quoteWord } from '../model/shell.ts'

/** The part of a node script that defines `traced COMMAND…`. It stands behind PRELUDE and IPTABLES_TOOLS. */
export function kernelTracePart(packets: readonly TracedPackets[], frame: string, seconds: number): string {
  const table = tableName(frame)
  return [
    `TRACE_NAME=${quoteWord(table)}`,
    `TRACE_TABLE=${quoteWord(traceTable(packets, table))}`,
    `TRACE_SECONDS=${Math.max(1, Math.min(MOST_SECONDS, Math.ceil(seconds)))}`,
    TRACED,
  ].join('\n')
}

/** The sections of its answer. */
export const TRACE_FILES = {
  trace: 'kernel-trace.txt',
  chains: 'kernel-trace-chains.txt',
  iptables: 'kernel-trace-iptables.txt',
} as const

/** Each probe has a table of its own, so that two at a time do not meet. */
const tableName = (frame: string): string => `${TRACE_TABLE}${frame.slice(0, 12)}`

/** A table that nobody ended lives no longer, whatever the caller asks for. */
const MOST_SECONDS = 120
const MOST_PACKETS = 64

/**
 * The table in one line, as `nft -i` takes it. It lives as long as the process that made it (NFT_TABLE_F_OWNER, since Linux 5.12). Its chains come before all
 * others at their hooks; besides asking for the trace it decides nothing. Of TCP the first packet alone is traced: it is the one that the walk is about.
 */
export function traceTable(packets: readonly TracedPackets[], name: string): string {
  const rules = packets.slice(0, MOST_PACKETS).flatMap(ruleFor)
  const chain = (hook: string) =>
    `chain ${hook} { type filter hook ${hook} priority ${FIRST}; policy accept; ${rules.join(' ')} }`
  return `table inet ${name} { flags owner; ${chain('prerouting')}; ${chain('output')}; }`
}

/** Before NF_IP_PRI_RAW_BEFORE_DEFRAG (-450), the first that the kernel itself uses. */
const FIRST = -500

function ruleFor({ protocol, address, port, sourcePorts }: TracedPackets): string[] {
  const parsed = parseAddress(address)
  const { from, to } = sourcePorts
  if (!parsed || ![port, from, to].every(isPort) || from > to) return []
  const family = parsed.family === 4 ? 'ip' : 'ip6'
  const first = protocol === 'TCP' ? 'tcp flags & (fin|syn|rst|ack) == syn ' : ''
  const name = protocol.toLowerCase()
  return [
    `${family} daddr ${address} ${name} dport ${port} ${name} sport ${from === to ? from : `${from}-${to}`} ${first}meta nftrace set 1;`,
  ]
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65536

/**
 * `traced COMMAND…` runs a command while the kernel tells of the packets in TRACE_TABLE, and gives what it told as sections behind it.
 *
 * Two processes hold it all: `nft -i`, which owns the table and ends with its standard input, and `nft monitor trace`, which dies with its shell. What feeds the
 * first (`tr_keep`) stops where one of the script's shells is gone or the time is up, and ends the second. So the table goes with whichever of these dies first.
 */
const TRACED = String.raw`
traced() {
  tr_why=
  if ! loaded nf_tables; then tr_why='the kernel runs no nf_tables'
  elif ! tool nft; then tr_why='there is no nft'
  # Tried without making it: an older nft does not know the flag "owner", and an older kernel refuses it.
  elif ! tr_why=$($TOOL -c "$TRACE_TABLE" 2>&1 </dev/null); then tr_why="nft cannot make such a table here: $tr_why"
  else tr_why=
  fi
  tr_nft=$TOOL; tr_text=
  if [ -n "$tr_why" ]; then "$@" </dev/null
  else { tr_text=$(tr_around "$@" </dev/null | head -c 4000000); } 4>&1
  fi
  s kernel-trace.txt 'nft -a monitor trace' tr_told
  [ -n "$tr_text" ] || return 0
  tr_chains=$(printf '%s\n' "$tr_text" | tr_visited)
  s kernel-trace-chains.txt 'nft -a list chain' tr_list
  s kernel-trace-iptables.txt 'iptables -S' tr_list_iptables
}
tr_told() {
  [ -z "$tr_why" ] || { printf '%s\n' "$tr_why" >&2; return 1; }
  printf '%s\n' "$tr_text"
}
# tr_visited: each chain that the trace names, once, as FAMILY TABLE CHAIN.
tr_visited() {
  sed -n -e h -e 's/^trace id [0-9a-f]* \([a-z0-9]* [A-Za-z0-9_.-]* [A-Za-z0-9_./-]*\) .*/\1/p' -e g \
    -e 's/^trace id [0-9a-f]* \([a-z0-9]* [A-Za-z0-9_.-]*\) .* (verdict [jg][uo][mt][po] \([A-Za-z0-9_./-]*\)) *$/\1 \2/p' |
    grep -v -e "^inet $TRACE_NAME " | sort -u | head -n 100
}
tr_list() {
  set -- $tr_chains
  while [ $# -ge 3 ]; do t 10 $tr_nft -a list chain "$1" "$2" "$3" || printf '# not listed: %s %s %s\n' "$1" "$2" "$3"; shift 3; done
}
tr_list_iptables() {
  set -- $tr_chains
  while [ $# -ge 3 ]; do
    case $1/$2 in ip/raw | ip/mangle | ip/nat | ip/filter | ip/security) tr_fam=;; ip6/raw | ip6/mangle | ip6/nat | ip6/filter | ip6/security) tr_fam=6;; *) shift 3; continue;; esac
    printf '# %s %s %s\n' "$1" "$2" "$3"
    modern_tools "$tr_fam" && t 10 $ic -t "$2" -S "$3"
    shift 3
  done
  return 0
}

# tr_around COMMAND...: fd 1 takes what nft tells, fd 4 what the command prints.
tr_around() {
  tr_self=$(exec sh -c 'echo $PPID')
  tr_line=$(tr_ancestors); tr_begun=$(tr_born $tr_self)
  # Whoever asked is gone already.
  case " $tr_line" in *" $$ ") ;; *) return 1;; esac
  $(tr_bound) -a monitor trace 4>&- &
  tr_mon=$!; tr_mon_begun=$(tr_born $tr_mon)
  tr_good=0
  tr_await tr_listens || tr_good=1
  # No history of what it reads is written.
  tr_keep 4>&- | env HOME=/dev/null $tr_nft -i >/dev/null 4>&- &
  tr_own=$!
  tr_await tr_is_there || tr_good=1
  "$@" >&4 4>&-
  tr_await tr_idle && tr_await tr_idle || tr_good=1
  kill $tr_mon; kill -9 $tr_own
  wait $tr_mon
  tr_await tr_is_gone
  [ "$tr_good" = 0 ] && printf '# told to the end, %s lost\n' "$tr_drops"
} 2>/dev/null
# tr_bound: the monitor reads nothing that could end: it is to die with this shell, else in time. By their paths, since busybox has a setpriv that cannot.
tr_bound() {
  tr_dies='setpriv --pdeathsig KILL'
  for d in /usr/bin /bin; do
    [ -x "$d/setpriv" ] && $d/$tr_dies true && { printf '%s' "$d/$tr_dies $tr_nft"; return; }
  done
  if [ "$tr_nft" != nft ] && $H env "PATH=$PATH" $tr_dies true; then printf '%s' "$H env PATH=$PATH $tr_dies nft"
  elif have timeout; then printf '%s' "timeout -s KILL $TRACE_SECONDS $tr_nft"
  else printf '%s' "$tr_nft"
  fi
}
# tr_keep: what owns the table reads from it, and loses it with the shells that wait for this one or when the time is up.
tr_keep() {
  printf '%s\n' "$TRACE_TABLE"
  tr_left=$TRACE_SECONDS
  while [ "$(tr_ancestors)" = "$tr_line" ]; do
    sleep 1 >/dev/null
    tr_left=$((tr_left - 1))
    [ $tr_left -gt 0 ] || { exec >/dev/null; tr_end; }
  done
  exec >/dev/null
  tr_end
  [ "$(tr_born $tr_self)" = "$tr_begun" ] && kill -9 $tr_self
}
# tr_end: ends the monitor, and no other process that has its number by now.
tr_end() { [ "$(tr_born $tr_mon)" = "$tr_mon_begun" ] && kill $tr_mon; }
# tr_born PID: when it was started.
tr_born() {
  read -r stat <"/proc/$1/stat" || return
  set -- ${'$'}{stat##*) }
  shift 19
  printf '%s' "$1"
}
# tr_ancestors: the shells that wait for this one, up to the first. One that is gone has its children go to another.
tr_ancestors() {
  tr_at=$tr_self
  while [ -n "$tr_at" ] && [ "$tr_at" != $$ ] && [ "$tr_at" -gt 1 ]; do
    tr_at=$(tr_parent_of "$tr_at")
    printf '%s ' "$tr_at"
  done
}
# tr_await TEST...: until it holds; fails after five seconds.
tr_await() {
  tr_tries=0
  until "$@"; do
    tr_tries=$((tr_tries + 1))
    [ $tr_tries -le 50 ] || return 1
    sleep 0.1 2>/dev/null || sleep 1
  done >/dev/null
}
tr_is_there() { $tr_nft list table inet "$TRACE_NAME" 2>/dev/null </dev/null; }
tr_is_gone() { ! tr_is_there; }
# The monitor's socket: NETLINK_NETFILTER (12), a member of NFNLGRP_NFTRACE (9).
tr_listens() { tr_socket && case $tr_groups in *[13579bdf]??) ;; *) return 1;; esac; }
# Nothing waits to be read, and the monitor waits for more.
tr_idle() { sleep 0.1 2>/dev/null; tr_socket && [ "$tr_waiting" = 0 ] && read -r pid name state rest <"/proc/$tr_reader/stat" && [ "$state" = S ]; }
tr_socket() {
  while read -r socket kind port groups waiting sending dump locks drops rest; do
    [ "$kind" = 12 ] || continue
    [ "$port" = "$tr_mon" ] || [ "$(tr_parent_of "$port")" = "$tr_mon" ] || continue
    tr_groups=$groups; tr_waiting=$waiting; tr_drops=$drops; tr_reader=$port
    return 0
  done </proc/net/netlink
  return 1
}
# tr_parent_of PID
tr_parent_of() { while read -r name value; do [ "$name" = PPid: ] && printf '%s' "$value" && return; done <"/proc/$1/status"; }
`
