/**
 * Shell programs that run as root (or as the only user of a user namespace) before a command does. What they are told
 * comes as arguments, never as part of the text.
 */

/**
 * Arranges the mounts of a mount namespace of its own, then becomes the command after `--`:
 * `bind SOURCE TARGET ro|rw`, `tmpfs FOLDER`, `folder PATH`, `file PATH`, `hide FOLDER`, `cd FOLDER`,
 * `join FILE` (a control group's), and
 * `open FOLDER STAGE COUNT NAME…`, which leaves of a closed folder the named entries only, for everybody.
 */
export const MOUNTS_SCRIPT = `set -e
while [ "$1" != -- ]; do
  case $1 in
    bind)
      mount --bind "$2" "$3"
      if [ "$4" = ro ]; then mount -o remount,bind,ro,nosuid,nodev "$3"; fi
      shift 4 ;;
    tmpfs) mount -t tmpfs -o mode=755,size=1m,nosuid,nodev berth "$2"; shift 2 ;;
    hide)
      # It may be covered already.
      if [ -d "$2" ]; then mount -t tmpfs -o mode=000,size=4k,nosuid,nodev,noexec berth "$2"; fi
      shift 2 ;;
    folder) mkdir -p "$2"; shift 2 ;;
    file) : >> "$2"; shift 2 ;;
    open)
      folder=$2; stage=$3; count=$4; shift 4
      mount --rbind "$folder" "$stage"
      mount -t tmpfs -o mode=755,size=1m,nosuid,nodev berth "$folder"
      while [ "$count" -gt 0 ]; do
        if [ -d "$stage/$1" ]; then mkdir -p "$folder/$1"; else : >> "$folder/$1"; fi
        mount --rbind "$stage/$1" "$folder/$1"
        count=$((count - 1)); shift
      done
      umount -l "$stage" ;;
    cd) cd "$2"; shift 2 ;;
    join) echo 0 > "$2"; shift 2 ;;
    *) echo "berth: no such mount: $1" >&2; exit 1 ;;
  esac
done
shift
exec "$@"
`;

/** Opens the machine's network as descriptor 9 and becomes the command. */
export const KEEP_NETWORK_SCRIPT = 'exec 9</proc/self/ns/net; exec "$@"';

/**
 * The first process of the namespaces of a command: `IP SLIRP NSENTER NODE PROGRAM COUNT (SOCKET PORT)… -- COMMAND…`.
 * Brings loopback up, starts the bridge, then the command, and ends with its code. SIGTERM reaches the command by its process group; this
 * process only must not die of it.
 */
export const INIT_SCRIPT = `set -e
mount -t proc -o nosuid,nodev,noexec berth /proc
"$1" link set lo up
# A container's port may be 80, and its command is no root here; nobody else is in this network.
(echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start) 2>/dev/null || true
ip=$1; slirp=$2; nsenter=$3; node=$4; program=$5; pairs=$6; shift 6
set +e
trap : TERM INT HUP
if [ -n "$slirp" ]; then
  # In the machine's network, which descriptor 9 is, for the network of process 1, which is this one.
  (trap '' TERM INT HUP; exec "$nsenter" --net=/proc/self/fd/9 "$slirp" --configure --mtu=65520 --disable-host-loopback 1 tap0) </dev/null >/dev/null 2>&1 &
fi
if [ "$pairs" -gt 0 ]; then
  "$node" --max-old-space-size=64 --max-semi-space-size=1 -e "$program" "$@" </dev/null >/dev/null 9<&- &
fi
while [ "$1" != -- ]; do shift; done
shift
if [ -n "$slirp" ]; then
  # The command may call others with its first breath.
  tries=0
  while [ "$tries" -lt 50 ] && ! "$ip" -o -4 address show dev tap0 2>/dev/null | grep -q inet; do
    sleep 0.02
    tries=$((tries + 1))
  done
fi
"$@" </dev/null 9<&- &
main=$!
while :; do
  wait "$main"; code=$?
  kill -0 "$main" 2>/dev/null || break
done
exit "$code"
`;
