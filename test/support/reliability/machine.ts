import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programCommand, type Run } from '../attune.ts';
import { type Fault, faultVariables, type TracedCall } from '../faults/fault.ts';
import { startWarmProgram, type WarmProgram } from './warm-program.ts';

const PLACES = ['data', 'cache', 'config', 'work', 'home', 'tmp'] as const;

interface Cleaner {
  after(clean: () => void): void;
}

export interface Ending {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory for many small trees, in memory where the system has a place for that; it goes with the test. */
export function swiftDirectory(test: Cleaner): string {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = realpathSync(mkdtempSync(join(base, 'attune-reliability-')));
  test.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** One machine in a directory of its own, gone when the test ends. */
export function createMachine(test: Cleaner, compileCache?: string): Machine {
  const directory = swiftDirectory(test);
  const machine = new Machine(join(directory, 'machine'), compileCache ?? join(directory, 'compiled'));
  test.after(() => machine[Symbol.dispose]());
  return machine;
}

/** A machine that can be put back to what it was: data, cache, configuration, home, and a `work` to run in. */
export class Machine implements Disposable {
  readonly root: string;
  readonly #compileCache: string;
  #warm: WarmProgram | undefined;

  /** @param compileCache may be shared: what is killed keeps nothing for the next one */
  constructor(root: string, compileCache: string) {
    this.root = root;
    this.#compileCache = compileCache;
    this.#makePlaces();
  }

  /** Begins a command line in a process of its own. */
  start(words: readonly string[], ...faults: readonly Fault[]): { child: ChildProcess; ended: Promise<Ending> } {
    const env = { ...this.env, ...(faults.length === 0 ? {} : faultVariables(...faults)) };
    const [command, ...args] = programCommand(env);
    const child = spawn(command, [...args, ...words], { cwd: this.work, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    const ended = new Promise<Ending>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve({ status, signal, ...output }));
    });
    return { child, ended };
  }

  /** Runs a command line in a process of its own. */
  run(words: readonly string[], ...faults: readonly Fault[]): Promise<Ending> {
    return this.start(words, ...faults).ended;
  }

  /** The same in a process that is there already. */
  runWarm(words: readonly string[]): Promise<Run> {
    this.#warm ??= startWarmProgram();
    return this.#warm.run({ words, cwd: this.work, env: this.env });
  }

  /** What a command line changes, call by call. */
  async trace(words: readonly string[]): Promise<{ ending: Ending; calls: readonly TracedCall[] }> {
    const file = `${this.root}.trace`;
    const ending = await this.run(words, `trace:${file}`);
    const calls = JSON.parse(readFileSync(file, 'utf8')) as TracedCall[];
    rmSync(file);
    return { ending, calls };
  }

  get work(): string {
    return join(this.root, 'work');
  }

  /** Keeps the machine as it is under another directory. */
  save(directory: string): void {
    cpSync(this.root, directory, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }

  /** Makes the machine what was saved. */
  restore(directory: string): void {
    rmSync(this.root, { recursive: true, force: true });
    cpSync(directory, this.root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }

  /** Makes the machine new. */
  clear(): void {
    rmSync(this.root, { recursive: true, force: true });
    this.#makePlaces();
  }

  [Symbol.dispose](): void {
    this.#warm?.end();
  }

  get env(): Record<string, string> {
    const place = (name: (typeof PLACES)[number]) => join(this.root, name);
    return {
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      HOME: place('home'),
      TMPDIR: place('tmp'),
      ATTUNE_DATA_DIR: place('data'),
      ATTUNE_CACHE_DIR: place('cache'),
      ATTUNE_CONFIG_DIR: place('config'),
      ATTUNE_USER: 'tester',
      NODE_COMPILE_CACHE: this.#compileCache,
    };
  }

  #makePlaces(): void {
    for (const name of PLACES) mkdirSync(join(this.root, name), { recursive: true });
  }
}
