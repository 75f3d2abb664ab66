/**
 * Shell programs that run as root (or as the only user of a user namespace) before a command does. What they are told
 * comes as arguments, never as part of the text.
 */

/**
 * Arranges the mounts of a mount namespace of its own, then becomes the command after `--`:
 * `bind SOURCE TARGET ro|rw`, `tmpfs FOLDER`, `folder PATH`, `file PATH`, `hide FOLDER`, `cd FOLDER`, and
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
      umount -R -l "$stage" ;;
    cd) cd "$2"; shift 2 ;;
    *) echo "berth: no such mount: $1" >&2; exit 1 ;;
  esac
done
shift
exec "$@"
`;

/**
 * The first process of the namespaces of a command: `IP NODE PROGRAM COUNT (SOCKET PORT)… -- COMMAND…`. Brings loopback
 * up, starts the bridge, then the command, and ends with its code. SIGTERM reaches the command by its process group; this
 * process only must not die of it.
 */
export const INIT_SCRIPT = `set -e
mount -t proc -o nosuid,nodev,noexec berth /proc
"$1" link set lo up
node=$2; program=$3; pairs=$4; shift 4
set +e
trap : TERM INT HUP
if [ "$pairs" -gt 0 ]; then
  "$node" --max-old-space-size=64 --max-semi-space-size=1 -e "$program" "$@" </dev/null >/dev/null &
fi
while [ "$1" != -- ]; do shift; done
shift
"$@" </dev/null &
main=$!
while :; do
  wait "$main"; code=$?
  kill -0 "$main" 2>/dev/null || break
done
exit "$code"
`;
