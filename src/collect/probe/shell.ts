/** Makes connections with tools that make one each: netcat in its several kinds, curl, and the shell bash. */
export const SHELL = String.raw`
# netcat: sets NC to how it is called, up to address and port. The one of busybox cannot choose its source port: connections are not recognised.
netcat() {
  if tool ncat; then NC="$TOOL -v -z"; return 0; fi
  tool nc || return 1
  case $($TOOL -h 2>&1 </dev/null) in *BusyBox*) return 1;; *) NC="$TOOL -v -z -n";; esac
}
busybox_nc() {
  if tool nc; then NC=$TOOL; elif tool busybox; then NC="$TOOL nc"; else return 1; fi
  case $($NC --help 2>&1 </dev/null) in *BusyBox*'-e PROG'*) return 0;; *) return 1;; esac
}
telnet_by_curl() { tool curl && case $($TOOL --version 2>/dev/null) in *telnet*) return 0;; *) return 1;; esac; }
# What bash does for one connection: the source port shows while it is open. Where the machine is so busy that it has not even begun, nothing was tried.
BASH_TRY='printf "begun\n"; exec 3<>"/dev/tcp/$1/$2" || exit 1
link=$(readlink /proc/self/fd/3); link=${'$'}{link#*[}; link=${'$'}{link%]}
while read -r _ own _ _ _ _ _ _ _ inode _; do [ "$inode" = "$link" ] && printf "port %d\n" "0x${'$'}{own##*:}"; done < <(cat /proc/self/net/tcp /proc/self/net/tcp6 2>/dev/null)
exit 0'
# SLOW: a program that needs longer than its own limit and this was held up by the machine, not by the network.
SLOW=$((SECONDS_EACH + 3))
# try KIND ID PROTOCOL ADDRESS PORT SOURCE-PORT: one connection, one line.
try() {
  clock; began=$NOW; own=$6
  case $1 in
    nc) says=$(t $SLOW $RUN $NC -w "$SECONDS_EACH" -p "$6" "$4" "$5" 2>&1 </dev/null); ended=$?;;
    busybox) own=-; says=$(t $SLOW $RUN $NC -w "$SECONDS_EACH" "$4" "$5" -e true 2>&1 </dev/null); ended=$?;;
    curl)
      case $4 in *:*) url="telnet://[$4]:$5";; *) url="telnet://$4:$5";; esac
      says=$(t $SLOW $RUN $TOOL -g -s -v --noproxy '*' --local-port "$6" --connect-timeout "$SECONDS_EACH" -m "$SECONDS_EACH" -w ' took=%{time_connect}=' -o /dev/null "$url" 2>&1 </dev/null); ended=$?
      # Connected, and then nothing came until the time was over.
      case $says in *took=0.000000=*) ;; *took=*) ended=0;; esac;;
    request)
      case $4 in *:*) at="[$4]";; *) at=$4;; esac
      says=$(t $SLOW $RUN $TOOL -g -s -S -k --noproxy '*' --local-port "$6" --resolve "$HOST:$5:$at" --connect-timeout "$SECONDS_EACH" -m "$SECONDS_EACH" -w ' code=%{http_code}= took=%{time_connect}=' -o /dev/null "http${'$'}{TLS:+s}://$HOST:$5$URL_PATH" 2>&1 </dev/null); ended=$?
      # From here on it was connected, and something else failed.
      case $ended:$says in 0:* | *took=0.000000=*) ;; *took=*) clock; printf 'r %s stalled %s %s curl-exit-code-%s\n' "$2" $(( (NOW - began) * 10 )) "$6" "$ended"; return;; esac;;
    bash) own=-; says=$(t $((SECONDS_EACH + 1)) $RUN $TOOL -c "$BASH_TRY" bash "$4" "$5" 2>&1 </dev/null); ended=$?;;
  esac
  clock; took=$(( (NOW - began) * 10 ))
  case $says in *'took='*) took=${'$'}{says##*took=}; took=${'$'}{took%%=*}; took=$(printf '%s' "$took" | awk '{ printf "%.2f", $1 * 1000 }');; esac
  case $says in begun*'port '*) own=${'$'}{says##*port }; own=${'$'}{own%%
*};; esac
  if [ "$1.$ended" = request.0 ]; then
    code=${'$'}{says##*code=}
    printf 'r %s answered %s %s -\nh %s %s -\n' "$2" "$took" "$own" "$2" "${'$'}{code%%=*}"
    return
  fi
  if [ $ended = 0 ]; then printf 'r %s connected %s %s -\n' "$2" "$took" "$own"; return; fi
  case $says in
    *[Rr]efused*) printf 'r %s refused %s %s ECONNREFUSED\n' "$2" "$took" "$own";;
    *'etwork is unreachable'*) printf 'r %s unreachable %s %s ENETUNREACH\n' "$2" "$took" "$own";;
    *nreachable* | *'o route to host'*) printf 'r %s unreachable %s %s EHOSTUNREACH\n' "$2" "$took" "$own";;
    *'in use'*) printf 'r %s error %s %s EADDRINUSE\n' "$2" "$took" "$own";;
    *) case $1:$ended:$says in
      *:28:* | bash:124:begun* | bash:137:begun* | *'imed out'* | *TIMEOUT* | *'in progress'*) printf 'r %s timeout %s %s -\n' "$2" "$took" "$own";;
      *:124:* | *:137:*) printf 'r %s error %s %s the-tool-took-too-long\n' "$2" "$took" "$own";;
      *) printf 'r %s error %s %s exit-code-%s\n' "$2" "$took" "$own" "$ended";;
    esac;;
  esac
}
# one_by_one KIND JOBS
one_by_one() {
  kind=$1; tries=
  while read -r id protocol address port sport payload; do
    [ -n "$id" ] || continue
    kill -0 $$ 2>/dev/null || return
    if [ "$protocol" != tcp ]; then printf 'r %s error - - no-tool-for-UDP\n' "$id"; continue; fi
    try "$kind" "$id" "$protocol" "$address" "$port" "$sport" &
    tries="$tries $!"
    sleep "$PAUSE" 2>/dev/null || sleep 1
  done <<END
$2
END
  wait $tries
}
`
