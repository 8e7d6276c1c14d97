import type { FileView } from './file-view.ts';

/** Settings of the kernel, which belong to root: without capabilities, root could still write to them. */
const KERNEL_SETTINGS = ['/proc/sys', '/proc/sysrq-trigger', '/proc/irq', '/proc/bus'];

/** Returns the arguments with which `bwrap` shows a view of the files. @param writable the only writable directory */
export function bubblewrapView(view: FileView, writable: string): string[] {
  const hide = (paths: readonly string[]) => paths.flatMap((path) => ['--tmpfs', path]);
  const show = (paths: readonly string[]) => paths.flatMap((path) => ['--ro-bind', path, path]);
  const sealed = [...view.hidden, ...view.alwaysHidden].filter((path) => !view.temporary.includes(path));
  return [
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc'],
    ...KERNEL_SETTINGS.flatMap((path) => ['--ro-bind-try', path, path]),
    ...hide(view.hidden),
    ...view.masked.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...show(view.readable),
    ...view.links.flatMap(({ path, target }) => ['--symlink', target, path]),
    ...hide(view.alwaysHidden),
    ...show(view.environments),
    ...['--bind', writable, writable],
    ...[...new Set(sealed)].flatMap((path) => ['--remount-ro', path]),
  ];
}
