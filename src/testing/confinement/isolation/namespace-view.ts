import { quoteForShell } from '../../../platform/shell-quote.ts';
import type { FileView } from './file-view.ts';

/** The functions of the script. `$root` is the root of the new view, which is a copy of the mounts of the system. */
const FUNCTIONS = String.raw`
make() { if [ -d "$1" ]; then mkdir -p "$root$1"; elif [ ! -e "$root$1" ]; then mkdir -p "$root${'$'}{1%/*}"; : >"$root$1"; fi; }
hide() { mkdir -p "$root$1"; mount -t tmpfs -o nosuid,nodev,mode="$2" tmpfs "$root$1"; }
show() { make "$1"; mount --rbind "$1" "$root$1"; }
mask() { mount --bind /dev/null "$root$1"; }
link() { mkdir -p "$root${'$'}{2%/*}"; ln -s "$1" "$root$2"; }
seal() {
  mounts=$(cat /proc/self/mountinfo)
  while read -r _ _ _ _ path flags _; do
    case $path in *\\*) path=$(printf '%b' "$path") ;; esac
    case $path in "$root"|"$root"/*) ;; *) continue ;; esac
    for kept in "$@"; do [ "$path" = "$root$kept" ] && continue 2; done
    [ ! -e "$path" ] || mount -o "remount,bind,ro${'$'}{flags#r?}" "$path"
  done <<END
$mounts
END
}
`.trim();

/** Mounts /proc of the new process namespace. Settings of the kernel, which belong to root, stay read-only. */
const MOUNT_PROC = [
  'mount -t proc -o nosuid,nodev,noexec proc "$root/proc"',
  '[ -z "$pid_max" ] || echo "$pid_max" >"$root/proc/sys/kernel/pid_max"',
  'for path in sys sysrq-trigger irq bus; do',
  '  [ -e "$root/proc/$path" ] || continue',
  '  mount --bind "$root/proc/$path" "$root/proc/$path"',
  '  mount -o remount,bind,ro,nosuid,nodev,noexec "$root/proc/$path"',
  'done',
];

/** Replaces /dev, whose disks root could read, with the devices that programs need. */
const MOUNT_DEVICES = [
  'mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"',
  'for path in null zero full random urandom tty; do : >"$root/dev/$path"; mount --bind "/dev/$path" "$root/dev/$path"; done',
  'ln -s /proc/self/fd "$root/dev/fd"; ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"',
  'mkdir -m 1777 "$root/dev/shm"; mkdir "$root/dev/pts"; ln -s pts/ptmx "$root/dev/ptmx"',
  'mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts" 2>/dev/null || :',
];

/**
 * Returns the lines of a shell script that shows a view of the files. It runs as the root of a user, mount and process
 * namespace, and leaves the working directory.
 * @param writable the only writable directory
 * @param highestProcessId limits the number of processes
 */
export function namespaceView(view: FileView, writable: string, highestProcessId: number | undefined): string[] {
  const quoted = (name: string, paths: readonly string[], ...more: string[]) =>
    paths.map((path) => [name, quoteForShell(path), ...more].join(' '));
  const hide = (paths: readonly string[]) =>
    paths.flatMap((path) => quoted('hide', [path], view.temporary.includes(path) ? '1777' : '755'));
  return [
    'set -e',
    `root=${quoteForShell(view.mountPoint)}`,
    `pid_max=${highestProcessId ?? ''}`,
    FUNCTIONS,
    'mount --rbind / "$root"',
    'mount --make-rprivate "$root"',
    ...hide(view.hidden),
    ...quoted('mask', view.masked),
    ...quoted('show', view.readable),
    ...view.links.map(({ path, target }) => `link ${quoteForShell(target)} ${quoteForShell(path)}`),
    ...hide(view.alwaysHidden),
    ...quoted('show', view.environments),
    ...quoted('make', [writable]),
    ['seal', ...view.temporary.map(quoteForShell)].join(' '),
    `mount --bind ${quoteForShell(writable)} "$root"${quoteForShell(writable)}`,
    ...MOUNT_DEVICES,
    ...MOUNT_PROC,
    'cd "$root"',
    'pivot_root . tmp',
    'umount -l /tmp',
  ];
}
