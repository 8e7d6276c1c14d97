import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programCommand, type Run } from '../attune.ts';
import { type Fault, faultVariables, type TracedCall } from '../faults/fault.ts';
import { startWarmProgram, type WarmProgram } from './warm-program.ts';

const DIRECTORIES = ['data', 'cache', 'config', 'work', 'home', 'tmp'] as const;

interface Cleaner {
  after(clean: () => void): void;
}

/** The outcome of a command line. */
export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Creates a directory for many small trees, in memory if the system supports that. It is removed after the test. */
export function memoryDirectory(test: Cleaner): string {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const directory = realpathSync(mkdtempSync(join(base, 'attune-reliability-')));
  test.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  return directory;
}

/** Creates a machine that is removed after the test. */
export function createMachine(test: Cleaner, compileCache?: string): Machine {
  const directory = memoryDirectory(test);
  const machine = new Machine(join(directory, 'machine'), compileCache ?? join(directory, 'compiled'));
  test.after(() => machine[Symbol.dispose]());
  return machine;
}

/** A simulated machine that can be saved and restored: data, cache, configuration, home and working directory. */
export class Machine implements Disposable {
  readonly root: string;
  readonly #compileCache: string;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #running = new Set<ChildProcess>();
  #warm: WarmProgram | undefined;

  /**
   * @param compileCache a directory that machines may share
   * @param variables additional environment variables
   */
  constructor(root: string, compileCache: string, variables: Readonly<Record<string, string>> = {}) {
    this.root = root;
    this.#compileCache = compileCache;
    this.#variables = variables;
    this.#makeDirectories();
  }

  /** Starts a command line in a separate process. */
  start(args: readonly string[], ...faults: readonly Fault[]): { child: ChildProcess; ended: Promise<Exit> } {
    const env = { ...this.env, ...(faults.length === 0 ? {} : faultVariables(...faults)) };
    const [command, ...prefix] = programCommand(env);
    const child = spawn(command, [...prefix, ...args], { cwd: this.work, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.add(child);
    const output = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        output[stream] += text;
      });
    }
    const ended = new Promise<Exit>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => {
        this.#running.delete(child);
        resolve({ status, signal, ...output });
      });
    });
    return { child, ended };
  }

  /** Runs a command line in a separate process. */
  run(args: readonly string[], ...faults: readonly Fault[]): Promise<Exit> {
    return this.start(args, ...faults).ended;
  }

  /** Runs a command line in a running process, which saves its startup. */
  runWarm(args: readonly string[]): Promise<Run> {
    this.#warm ??= startWarmProgram();
    return this.#warm.run({ args, cwd: this.work, env: this.env });
  }

  /** Runs a command line and returns the calls with which it changed something. */
  async trace(
    args: readonly string[],
    ...faults: readonly Fault[]
  ): Promise<{ exit: Exit; calls: readonly TracedCall[] }> {
    const file = `${this.root}.trace`;
    const exit = await this.run(args, `trace:${file}`, ...faults);
    const calls = JSON.parse(readFileSync(file, 'utf8')) as TracedCall[];
    rmSync(file);
    return { exit, calls };
  }

  get work(): string {
    return join(this.root, 'work');
  }

  /** Copies the machine to another directory. */
  save(directory: string): void {
    cpSync(this.root, directory, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }

  /** Restores the machine from a saved copy. */
  restore(directory: string): void {
    rmSync(this.root, { recursive: true, force: true });
    cpSync(directory, this.root, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }

  /** Makes the machine new. */
  clear(): void {
    rmSync(this.root, { recursive: true, force: true });
    this.#makeDirectories();
  }

  /** Also ends the processes that still run, some of which may be suspended. */
  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill('SIGKILL');
    this.#warm?.end();
  }

  get env(): Record<string, string> {
    const path = (name: (typeof DIRECTORIES)[number]) => join(this.root, name);
    return {
      PATH: process.env['PATH'] ?? '',
      LANG: 'C.UTF-8',
      HOME: path('home'),
      TMPDIR: path('tmp'),
      ATTUNE_DATA_DIR: path('data'),
      ATTUNE_CACHE_DIR: path('cache'),
      ATTUNE_CONFIG_DIR: path('config'),
      ATTUNE_USER: 'tester',
      NODE_COMPILE_CACHE: this.#compileCache,
      ...this.#variables,
    };
  }

  #makeDirectories(): void {
    for (const name of DIRECTORIES) mkdirSync(join(this.root, name), { recursive: true });
  }
}
