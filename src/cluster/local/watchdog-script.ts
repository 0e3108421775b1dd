// What the watchdog runs, in plain POSIX shell: it hears joulebook on its stdin, and its end when joulebook's life ends.
//
// It hears of each process before that is stopped, so its list is complete whenever we die; a walk over /proc is the net
// below it. A pid is signalled only where the start time is still the same. Its words: `ask`, answered by `here`; `freeze`;
// `stop PID START`; `thawed`; `limit UUID=MW…`; `unlimited`; `bye`.

/**
 * Its arguments: root pid and start, entry of the environment or '', cgroup or '', what restores limits of power (program,
 * its file, library), each or '', and the pid of the process that holds the job's group or ''.
 */
export const WATCHDOG = `
trap '' HUP INT QUIT TERM USR1 USR2 TSTP TTIN TTOU PIPE
root=$1 born=$2 entry=$3 cgroup=$4 node=$5 program=$6 library=$7 hold=$8
self=$$ list= limits= frozen=

about() { # PID: its state, parent and start
  text=
  while IFS= read -r line || [ -n "$line" ]; do text="$text $line"; done <"/proc/$1/stat" || return 1
  set -- \${text##*) }
  [ $# -ge 20 ] || return 1
  state=$1 parent=$2 started=\${20}
}
go_on() { about "$1" && [ "$started" = "$2" ] && kill -CONT "$1"; }
below() { # PID: whether the root stands above it
  at=$1 steps=0
  while [ "$at" -gt 1 ] && [ $steps -lt 100 ]; do
    about "$at" || return 1
    [ "$at" = "$root" ] && [ "$started" = "$born" ] && return 0
    at=$parent steps=$((steps + 1))
  done
  return 1
}
marked() { [ -n "$entry" ] && tr '\\0' '\\n' <"/proc/$1/environ" | grep -qxF -e "$entry"; }
walk() {
  for folder in /proc/[0-9]*; do
    pid=\${folder#/proc/}
    about "$pid" && [ "$state" = T ] || continue
    was=$started
    if below "$pid" || marked "$pid"; then go_on "$pid" "$was"; fi
  done
}
thaw() {
  [ -z "$cgroup" ] || echo 0 >"$cgroup/cgroup.freeze"
  for one in $list; do go_on "\${one%:*}" "\${one#*:}"; done
  if [ -n "$frozen" ]; then walk; sleep 0.2; for one in $list; do go_on "\${one%:*}" "\${one#*:}"; done; walk; fi
}
finish() {
  [ -z "$hold" ] || kill -KILL "$hold"
  exit 0
}

exec 2>/dev/null
echo here
while read -r word first second; do
  case $word in
    ask) echo here ;;
    freeze) frozen=1 ;;
    stop) list="$first:$second $list" ;;
    thawed) frozen= list= ;;
    limit) limits="$first $second" ;;
    unlimited) limits= ;;
    bye) finish ;;
  esac
done
thaw
[ -z "$limits" ] || "$node" "$program" "$library" $limits
finish
`;
