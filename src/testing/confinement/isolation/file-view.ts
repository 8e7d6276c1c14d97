import { dirname, isAbsolute, join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import { inspect, inspectTarget, linkTarget, listIfPresent } from '../../../platform/files/inspect.ts';

/** The files that isolated processes see: everything read-only, except for these paths. All are absolute and real. */
export interface FileView {
  /** Directories that appear empty. Outer directories precede inner ones. */
  readonly hidden: readonly string[];
  /** Hidden directories that are writable; what is written there is discarded. */
  readonly temporary: readonly string[];
  /** Files, such as the sockets of services, that appear as the null device. */
  readonly masked: readonly string[];
  /** Files and directories inside hidden directories that are visible nevertheless. */
  readonly readable: readonly string[];
  /** Links inside hidden directories that lead to readable paths. */
  readonly links: readonly Link[];
  /** Directories that stay hidden inside readable ones. */
  readonly alwaysHidden: readonly string[];
  /** Readable directories inside `alwaysHidden`. */
  readonly environments: readonly string[];
  /** The private directory of the test run, which contains those of the suites. */
  readonly workspace: string;
  /** An empty directory in the workspace, for the root of a mount namespace. */
  readonly mountPoint: string;
  /** Existing paths that must not be visible. The probe looks for them. */
  readonly samples: readonly string[];
}

export interface Link {
  readonly path: string;
  /** As it is stored in the link. */
  readonly target: string;
}

interface Traced {
  readonly real: string;
  /** The links on the way to the real path. */
  readonly links: readonly Link[];
}

/** The number of links that Linux follows in one path. */
const MOST_LINKS = 40;

/** Resolves a path and records the links on the way; `undefined` if it does not exist or cannot be inspected. */
export function trace(path: string): Traced | undefined {
  const links: Link[] = [];
  const pending = path.split('/');
  let current = '/';
  try {
    for (let name = pending.shift(); name !== undefined; name = pending.shift()) {
      if (name === '' || name === '.') continue;
      const next = name === '..' ? dirname(current) : join(current, name);
      const target = linkTarget(next);
      if (target === undefined) {
        current = next;
        continue;
      }
      if (links.push({ path: next, target }) > MOST_LINKS) return undefined;
      pending.unshift(...target.split('/'));
      if (isAbsolute(target)) current = '/';
    }
    return inspect(current) === undefined ? undefined : { real: current, links };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return undefined;
  }
}

/** Returns true if a path is a directory or lies below it. Both are absolute and normalized. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** A directory with one of these entries next to `bin` is the installation of a program. */
const INSTALLATION_MARKS = ['pyvenv.cfg', 'conda-meta', 'lib', 'lib64', 'libexec'];

/** Collects the paths inside hidden directories that are made visible. */
export class RevealedPaths {
  readonly #hidden: readonly string[];
  readonly #tooBroad: readonly string[];
  readonly #readable = new Set<string>();
  readonly #links = new Map<string, Link>();
  readonly #searched = new Set<string>();

  /**
   * @param hidden the directories that are hidden
   * @param tooBroad directories that are never revealed, and neither is a directory that contains one of them
   */
  constructor(hidden: readonly string[], tooBroad: readonly string[]) {
    this.#hidden = hidden;
    this.#tooBroad = [...hidden, ...tooBroad];
  }

  get readable(): string[] {
    const all = [...this.#readable].sort();
    return all.filter((path) => !all.some((other) => other !== path && isWithin(path, other)));
  }

  get links(): Link[] {
    const { readable } = this;
    const outside = [...this.#links.values()].filter(({ path }) => !readable.some((known) => isWithin(path, known)));
    return outside.sort((one, other) => (one.path < other.path ? -1 : 1));
  }

  isHidden(path: string): boolean {
    return this.#hidden.some((directory) => isWithin(path, directory));
  }

  isTooBroad(path: string): boolean {
    return this.#tooBroad.some((directory) => isWithin(directory, path));
  }

  /** Makes a path visible with the links that lead to it. Paths that are not hidden or too broad are ignored. */
  reveal(path: string): void {
    const traced = trace(path);
    if (traced === undefined || this.isTooBroad(traced.real)) return;
    for (const link of traced.links) if (this.isHidden(link.path)) this.#links.set(link.path, link);
    if (this.isHidden(traced.real)) this.#readable.add(traced.real);
  }

  /** Makes a directory of programs visible, and the programs that its links lead to. */
  revealPrograms(directory: string): void {
    const real = trace(directory)?.real;
    if (real === undefined || this.#searched.has(real) || this.isTooBroad(real)) return;
    this.#searched.add(real);
    this.reveal(directory);
    for (const { name, kind } of entriesOf(real)) {
      if (kind === 'link') this.#revealProgram(join(real, name));
    }
  }

  /** Makes an installation visible, and what the links to its programs lead to. */
  revealInstallation(prefix: string): void {
    this.reveal(prefix);
    this.revealPrograms(join(prefix, 'bin'));
  }

  #revealProgram(link: string): void {
    const traced = trace(link);
    if (traced === undefined || !traced.links.some(({ target, path }) => this.#leadsToHidden(path, target))) return;
    const status = inspectTarget(traced.real);
    if (status?.kind !== 'file' || !status.executable) return;
    this.reveal(link);
    const prefix = dirname(dirname(traced.real));
    if (this.#isInstallation(traced.real, prefix)) this.revealInstallation(prefix);
  }

  #leadsToHidden(path: string, target: string): boolean {
    return this.isHidden(join(isAbsolute(target) ? '/' : dirname(path), target));
  }

  #isInstallation(program: string, prefix: string): boolean {
    if (!/\/s?bin$/.test(dirname(program)) || this.isTooBroad(prefix) || !this.isHidden(prefix)) return false;
    const names = entriesOf(prefix).map(({ name }) => name);
    return !names.includes('.git') && INSTALLATION_MARKS.some((mark) => names.includes(mark));
  }
}

/** Lists a directory; an unreadable one is empty. */
export function entriesOf(directory: string): ReturnType<typeof listIfPresent> {
  try {
    return listIfPresent(directory);
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return [];
  }
}
