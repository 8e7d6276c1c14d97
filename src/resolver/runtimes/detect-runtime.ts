import { dirname } from 'node:path';
import coerce from 'semver/functions/coerce.js';
import type { Processes } from '../../platform/processes/processes.ts';
import type { KnownRuntime, VersionQuestion } from './known-runtimes.ts';

export interface RuntimeTools {
  readonly processes: Processes;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface FoundRuntime {
  readonly name: string;
  /** `x.y.z`; `undefined` where the program has no version, or says none that attune understands. */
  readonly version: string | undefined;
  /** `undefined` for what is part of attune. */
  readonly path: string | undefined;
}

/** What came of looking for one runtime. */
export type Inquiry =
  | { readonly there: true; readonly runtime: FoundRuntime; readonly whyNoVersion: string }
  | { readonly there: false; readonly why: string };

const TIMEOUT_MS = 10_000;

/** The first of a runtime's programs that is there and works. */
export async function inquire({ name, programs }: KnownRuntime, tools: RuntimeTools): Promise<Inquiry> {
  if (programs.length === 0) return present({ name, path: undefined }, 'it is a part of attune and has no version');
  const broken: string[] = [];
  for (const program of programs) {
    const path = tools.processes.find(program.name, tools.variables['PATH']);
    if (path === undefined) continue;
    if (!program.question) return present({ name, path }, `'${path}' has no version`);
    const inquiry = await askProgram(name, program.question, path, tools);
    if (inquiry.there) return inquiry;
    broken.push(inquiry.why);
  }
  if (broken.length > 0) return { there: false, why: broken.join('; ') };
  return absent(programs.map((program) => program.name));
}

async function askProgram(
  name: string,
  question: VersionQuestion,
  path: string,
  tools: RuntimeTools,
): Promise<Inquiry> {
  const result = await tools.processes.run({
    command: path,
    args: question.args,
    // A neutral place: version managers choose by files in the directory that they are started in.
    cwd: dirname(path),
    env: environmentFor(question, tools.variables),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: 64 * 1024,
  });
  if (result.timedOut) return { there: false, why: `'${path}' did not answer within ${TIMEOUT_MS / 1000} s` };
  if (result.exitCode !== 0) {
    const how = result.startError ?? (result.signal ? `ended by ${result.signal}` : `exit status ${result.exitCode}`);
    return { there: false, why: `'${path}' does not tell its version (${how})` };
  }
  const version = versionIn(`${result.stdout}\n${result.stderr}`, question);
  return present({ name, path, version }, `the version that '${path}' tells is not understood`);
}

/** A program that attune does not know is looked for, and never started. */
export async function lookFor(name: string, { processes, variables }: RuntimeTools): Promise<Inquiry> {
  const path = processes.find(name, variables['PATH']);
  return path === undefined
    ? absent([name])
    : present({ name, path }, `attune does not know how to ask '${path}' for its version`);
}

function absent(programs: readonly string[]): Inquiry {
  return { there: false, why: `no program ${programs.map((name) => `'${name}'`).join(' or ')} is on the PATH` };
}

function present(
  { name, path, version }: { name: string; path: string | undefined; version?: string | undefined },
  whyNoVersion: string,
): Inquiry {
  return { there: true, runtime: { name, version, path }, whyNoVersion };
}

/** The whole environment, which version managers need to find the program proper, and in English. */
function environmentFor(question: VersionQuestion, variables: RuntimeTools['variables']): Record<string, string> {
  const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(set), LC_ALL: 'C', ...question.variables };
}

/** `x.y.z` out of what a program answers; a suffix (`rc1`, `(1)-release`, `+`) is left out. */
function versionIn(output: string, { answer, renumber }: VersionQuestion): string | undefined {
  const text = answer.exec(output)?.[1];
  return text === undefined ? undefined : coerce(renumber?.(text) ?? text)?.version;
}
