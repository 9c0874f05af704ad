/** What every section of the node script stands on. */
export const PRELUDE = String.raw`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Where k3s, RKE2 and MicroK8s keep their tools.
for d in /var/lib/rancher/k3s/data/current/bin /var/lib/rancher/k3s/data/current/bin/aux /var/lib/rancher/rke2/bin /snap/microk8s/current/usr/sbin /snap/microk8s/current/sbin; do
  [ -d "$d" ] && PATH=$PATH:$d
done
export PATH
set -f
renice -n 19 -p $$ >/dev/null 2>&1
have() { command -v "$1" >/dev/null 2>&1; }

# How a program of the host is run from inside a container: by its mount namespace, else by its root. Empty: this is the host.
H=
if ! [ /proc/1/ns/mnt -ef /proc/self/ns/mnt ] && have nsenter && nsenter -t 1 -m -- true 2>/dev/null; then
  H='nsenter -t 1 -m --'
elif [ -d /host/proc ] && have chroot && chroot /host true 2>/dev/null; then
  H='chroot /host'
fi
# tool NAME: sets TOOL to the command that runs it, in this image or on the host; fails where there is none.
tool() {
  TOOL=$1
  have "$1" && return 0
  [ -n "$H" ] && $H sh -c "PATH=$PATH; command -v $1" >/dev/null 2>&1 && { TOOL="$H env PATH=$PATH $1"; return 0; }
  TOOL=
  return 1
}

# t SECONDS COMMAND...: a program with a time limit; 124 when it was ended. It is one process more: only for what may take long.
if have timeout && timeout 5 true 2>/dev/null; then
  t() { timeout -s KILL "$@"; }
else
  t() {
    tl=$1; shift
    "$@" <&0 & tp=$!
    ( trap 'kill $ts 2>/dev/null; exit' TERM; sleep "$tl" & ts=$!; wait $ts; kill -9 $tp ) >/dev/null 2>&1 3>&- & tw=$!
    wait $tp; tr=$?
    kill $tw 2>/dev/null; wait $tw 2>/dev/null
    return $tr
  }
fi

clock() { read -r NOW rest </proc/uptime; NOW=${'$'}{NOW%.*}${'$'}{NOW#*.}; }
# s FILE WORDS COMMAND...: one section: its output as it is, then how it ended. WORDS is what a person would type. Stderr has the name of the section, too. It
# forks nothing of its own: on a busy node that is most of what such a script costs.
s() {
  sf=$1; sw=$2; shift 2
  clock; s0=$NOW
  printf '%s begin %s\n' "$F" "$sf"
  printf '%s begin %s\n' "$F" "$sf" >&2
  "$@" </dev/null
  sr=$?
  clock
  printf '\n%s end %s %s %s %s\n' "$F" "$sf" $sr $(( (NOW - s0) * 10 )) "$sw"
}
# piped COMMAND...: what it prints, and a last line that says how it ended, to go through a pipe: that of a pipe is its last program's, and what failed before
# it would look like something that has nothing to say. Whoever reads the answer drops the line.
piped() { "$@"; printf '#svcpath ended %s\n' $?; }
# passed TEXT: prints what came through the pipe, and returns what the command had returned. Where the line is not there it was cut.
passed() {
  case $1 in *'#svcpath ended '*) pr=${'$'}{1##*#svcpath ended }; pr=${'$'}{pr%%[!0-9]*};; *) pr=1;; esac
  printf '%s\n' "$1"
  return "$pr"
}
# missing FILE WORDS: a section that nothing here can give.
missing() { printf '%s begin %s\n\n%s end %s 127 0 %s\n' "$F" "$1" "$F" "$1" "$2"; }
# loaded MODULE: asking for what is no module yet would load it.
loaded() {
  [ -s /proc/modules ] || return 0
  grep -q "^$1 " /proc/modules && return 0
  [ -d "/sys/module/$1" ] && return 0
  for b in "/lib/modules/$(uname -r)/modules.builtin" "/host/lib/modules/$(uname -r)/modules.builtin"; do
    [ -f "$b" ] && { grep -q "/$1\.ko" "$b"; return $?; }
  done
  # Nothing tells whether the kernel has it built in: then it has what kube-proxy must be using.
  [ ! -s /proc/net/ip_tables_names ]
}
`
