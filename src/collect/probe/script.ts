import { isIP } from 'node:net'
import { isName } from '../../model/cluster.ts'
import type { Attempt, ProbeRequest } from '../../model/probe/request.ts'
import { isUrlPath } from '../../model/probe/url.ts'
import { quoteWord } from '../../model/shell.ts'
import { IPTABLES_TOOLS } from '../iptables-tools.ts'
import { kernelTracePart } from '../kernel-trace.ts'
import { PRELUDE } from '../prelude.ts'
import { checkFrame, ended, type Scripts } from '../script.ts'
import { PERL } from './perl.ts'
import { PYTHON } from './python.ts'
import { PYTHON_HTTP } from './python-http.ts'
import { SHELL } from './shell.ts'

/** The two sections of its answer. */
export const PROBE_FILES = { results: 'probe.txt', table: 'probe-conntrack.txt' } as const

/**
 * The script that makes connections from a node and from pods on it. It changes nothing there. Whatever it starts has a time limit of its own, so that
 * nothing stays where the script itself is killed.
 */
export function probeScript(request: ProbeRequest, frame: string): string {
  checkFrame(frame)
  const { places, ports, endpoints, timeoutMs, rate, watchMs, trace } = request
  const http = checked(request.request)
  const longest = Math.max(0, ...places.map(({ attempts }) => attempts.length)) / rate
  const settings = [
    `F=${quoteWord(frame)}`,
    `FROM_PORT=${Number(ports.from)} TO_PORT=${Number(ports.to)}`,
    `ENDPOINTS=${quoteWord(endpoints.filter((one) => isIP(one) !== 0).join(' '))}`,
    `LIMIT=${timeoutMs / 1000} SECONDS_EACH=${Math.ceil(timeoutMs / 1000)}`,
    `RATE=${Number(rate)} PAUSE=${(1 / rate).toFixed(3)}`,
    `MOST=${Math.ceil(longest + timeoutMs / 1000) + 5}`,
    `WATCH=${Math.ceil(watchMs / 10)} WATCH_MOST=${Math.ceil(watchMs / 1000) + 15}`,
    `LEAD=${watchMs > 0 ? 1 : 0}`,
    `HTTP=${http ? 1 : ''} TLS=${http?.tls ? 'tls' : "''"} HOST=${quoteWord(http?.host ?? '')} URL_PATH=${quoteWord(http?.path ?? '')}`,
    `PYTHON=${quoteWord(http ? PYTHON_HTTP : PYTHON)}`,
    `PERL=${quoteWord(PERL)}`,
  ]
  const calls = places.map(({ place, attempts, spare }, i) => {
    const address = place.kind === 'pod' ? place.addresses.find((one) => isIP(one) !== 0) : ''
    const jobs = attempts.map(lineOf).join('\n')
    const to = quoteWord(spare.map(Number).join(' '))
    return `place ${i} ${quoteWord(address ?? 'none')} ${quoteWord(jobs)} ${to} 5>&- &\n  places="$places $!"`
  })
  return ended([
    ...settings,
    PRELUDE,
    SHELL,
    PLACES,
    WATCHING,
    `probing() {\n${BEGIN}\n  ${calls.join('\n  ')}\n${END}}`,
    ...(trace ? [IPTABLES_TOOLS, kernelTracePart(trace, frame, longest + (timeoutMs + watchMs) / 1000 + 30)] : []),
    run(trace ? 'traced' : ''),
  ])
}

export const probeScripts = (request: ProbeRequest): Scripts => ({ node: (frame) => probeScript(request, frame) })

/** Of the flags and the API; all the same nothing of them comes into a script unchecked. */
function checked(request: ProbeRequest['request']): ProbeRequest['request'] {
  const isFine = request === null || (isName(request.host) && (request.path === null || isUrlPath(request.path)))
  if (!isFine) throw new Error('a request needs a host and a path')
  return request
}

function lineOf({ id, protocol, address, port, sourcePort, payload }: Attempt): string {
  if (isIP(address) === 0 || !/^([0-9a-f]{2})*$/.test(payload))
    throw new Error('an attempt needs an address and a payload of bytes')
  return [
    Number(id),
    protocol === 'udp' ? 'udp' : 'tcp',
    address,
    Number(port),
    Number(sourcePort),
    payload || '00',
  ].join(' ')
}

/** A place: its namespace, and the first tool that works there. */
const PLACES = String.raw`
case $H in nsenter*) SEEN=/proc/1/root;; chroot*) SEEN=/host;; *) SEEN=;; esac
# found ADDRESS: sets SPACE to the network namespace in which a pod has the address. Names first, then whatever processes are in.
found() {
  for path in $($H sh -c 'set +f; for n in /run/netns/* /var/run/docker/netns/*; do [ -e "$n" ] && printf "%s\n" "$n"; done' 2>/dev/null); do
    case $($H nsenter --net="$path" ip -o addr show 2>/dev/null) in *" $1/"*) SPACE=$SEEN$path; return 0;; esac
  done
  have awk || return 1
  set +f
  file=$(awk -v a="-- $1" 'substr($0, length($0) - length(a) + 1) == a { h = FILENAME; next } h == FILENAME && /host LOCAL/ { print FILENAME; exit } { h = "" }' /proc/[0-9]*/net/fib_trie 2>/dev/null)
  set -f
  [ -n "$file" ] || return 1
  SPACE=${'$'}{file%net/fib_trie}ns/net
}
# by_http INDEX JOBS SPARE-PORTS
by_http() {
  if tool python3 && t 10 $TOOL -c 'import base64, errno, os, socket, ssl, threading, time; time.monotonic()' >/dev/null 2>&1; then
    printf 'p %s tool python3\n' "$1"
    t "$MOST" $RUN $TOOL -c "$PYTHON" "$LIMIT" "$RATE" "$3" "$2" $$ "$TLS" "$HOST" "$URL_PATH" 2>/dev/null
  elif [ -n "$URL_PATH" ] && tool curl; then
    printf 'p %s tool curl\n' "$1"
    one_by_one request "$2"
  else
    printf 'p %s none no tool that can ask: python3 (or for HTTP curl)\n' "$1"
  fi
}
# place INDEX ADDRESS JOBS SPARE-PORTS: an empty address is the node itself.
place() {
  RUN=
  if [ -n "$2" ]; then
    have nsenter || { printf 'p %s none there is no nsenter to enter the namespace of the pod with\n' "$1"; return; }
    found "$2" || { printf 'p %s none the network namespace of the pod was not found\n' "$1"; return; }
    RUN="nsenter --net=$SPACE"
    $RUN true 2>/dev/null || { printf 'p %s none the network namespace of the pod cannot be entered\n' "$1"; return; }
  fi
  if [ -n "$HTTP" ]; then by_http "$1" "$3" "$4"; return; fi
  if tool python3 && t 10 $TOOL -c 'import errno, os, select, socket, time; time.monotonic(); select.poll' >/dev/null 2>&1; then
    printf 'p %s tool python3\n' "$1"
    t "$MOST" $RUN $TOOL -c "$PYTHON" "$LIMIT" "$RATE" "$4" "$3" $$ 2>/dev/null
  elif tool perl && t 10 $TOOL -e 'use Socket qw(inet_pton); use Errno; use Fcntl' >/dev/null 2>&1; then
    printf 'p %s tool perl\n' "$1"
    t "$MOST" $RUN $TOOL -e "$PERL" "$LIMIT" "$RATE" "$4" "$3" $$ 2>/dev/null
  elif netcat; then
    printf 'p %s tool nc\n' "$1"
    one_by_one nc "$3"
  elif telnet_by_curl; then
    printf 'p %s tool curl\n' "$1"
    one_by_one curl "$3"
  elif tool bash; then
    printf 'p %s tool bash\n' "$1"
    one_by_one bash "$3"
  elif busybox_nc; then
    printf 'p %s tool busybox nc\n' "$1"
    one_by_one busybox "$3"
  else
    printf 'p %s none no tool that makes connections: python3, perl, nc, curl or bash\n' "$1"
  fi
}
`

/** New entries of conntrack while connections are made: one that is refused is gone from the table at once. */
const WATCHING = `
OURS_AWK='
  BEGIN { n = split(ends, list, " "); for (i = 1; i <= n; i++) want[list[i]] = 1 }
  /^#read/ { print; next }
  {
    keep = 0
    for (i = 1; i <= NF; i++)
      if ($i ~ /^[sd]port=/) { port = substr($i, 7) + 0; if (port >= low && port <= high) keep = 1 }
      else if ($i ~ /^dst=/ && (substr($i, 5) in want)) keep = 1
    if (keep && count < 20000) lines[count++] = sign $0
  }
  END { for (i = 0; i < count; i++) print lines[i] }'
# ours SIGN ENDPOINTS: of the lines of conntrack those of the probe, in the end: until then others write.
ours() { awk -v sign="$1" -v ends="$2" -v low="$FROM_PORT" -v high="$TO_PORT" "$OURS_AWK"; }
listeners() { awk '$2 == 12 && $4 ~ /[13579bdf]$/' /proc/net/netlink 2>/dev/null | grep -c .; }
TIMED=; have timeout && timeout 5 true 2>/dev/null && TIMED="timeout -s KILL $WATCH_MOST"
conntrack=; loaded nf_conntrack_netlink && have awk && tool conntrack && conntrack=$TOOL
`

const BEGIN = `  clock; begun=$NOW; watcher=; places=
  if [ -n "$conntrack" ] && [ -n "$TIMED" ]; then
    before=$(listeners)
    $TIMED $conntrack -E -e NEW -o extended >&5 2>/dev/null 4>&- &
    watcher=$!
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
      [ "$(listeners)" -gt "$before" ] && { printf 'w begun\n'; break; }
      sleep 0.1 2>/dev/null || sleep 1
    done
  fi
  # Other nodes take their time to begin, too.
  sleep $LEAD`

const END = `
  [ -z "$places" ] || wait $places
  while clock; [ $((NOW - begun)) -lt "$WATCH" ]; do sleep 0.2 2>/dev/null || sleep 1; done
  if [ -n "$watcher" ]; then
    kill -0 "$watcher" 2>/dev/null && printf 'w ended\n'
    kill "$watcher" 2>/dev/null; wait "$watcher" 2>/dev/null
  fi
`

/** `around`: what connections are made inside of. */
const run = (around: string): string => `
probe() { { probing 5>&1 >&4 | ours 'e ' "$ENDPOINTS"; } 4>&1; }
table() {
  if [ -n "$conntrack" ]; then
    { t 15 $conntrack -L -o extended 2>/dev/null && t 15 $conntrack -L -f ipv6 -o extended 2>/dev/null && printf '#read\n'; }
  elif [ -r /proc/net/nf_conntrack ] && have awk; then
    cat /proc/net/nf_conntrack && printf '#read\n'
  fi | { ours '' '' ; }
}
${around} s probe.txt 'connections' probe
s probe-conntrack.txt 'conntrack -L -o extended' table
`
