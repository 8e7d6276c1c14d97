import { dirname } from 'node:path';
import coerce from 'semver/functions/coerce.js';
import type { Processes } from '../../platform/processes/types.ts';
import type { KnownRuntime, VersionQuery } from './known-runtimes.ts';

export interface RuntimeTools {
  readonly processes: Processes;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export interface FoundRuntime {
  readonly name: string;
  /** `x.y.z`; `undefined` if the program has no version, or if it cannot be parsed. */
  readonly version: string | undefined;
  /** The path of the program; `undefined` for a part of attune. */
  readonly path: string | undefined;
}

/** The result of detecting one runtime. */
export type Detection =
  | { readonly found: true; readonly runtime: FoundRuntime; readonly whyNoVersion: string }
  | { readonly found: false; readonly reason: string };

const TIMEOUT_MS = 10_000;

/** Detects the first program of a runtime that exists and works. */
export async function detectKnownRuntime({ name, programs }: KnownRuntime, tools: RuntimeTools): Promise<Detection> {
  if (programs.length === 0) return present({ name, path: undefined }, 'it is a part of attune and has no version');
  const broken: string[] = [];
  for (const program of programs) {
    const path = tools.processes.find(program.name, tools.variables['PATH']);
    if (path === undefined) continue;
    if (!program.versionQuery) return present({ name, path }, `'${path}' has no version`);
    const detection = await runVersionQuery(name, program.versionQuery, path, tools);
    if (detection.found) return detection;
    broken.push(detection.reason);
  }
  if (broken.length > 0) return { found: false, reason: broken.join('; ') };
  return absent(programs.map((program) => program.name));
}

async function runVersionQuery(
  name: string,
  query: VersionQuery,
  path: string,
  tools: RuntimeTools,
): Promise<Detection> {
  const result = await tools.processes.run({
    command: path,
    args: query.args,
    // A neutral directory: version managers choose by files in the working directory.
    cwd: dirname(path),
    env: environmentFor(query, tools.variables),
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: 64 * 1024,
  });
  if (result.timedOut) return { found: false, reason: `'${path}' did not respond within ${TIMEOUT_MS / 1000} s` };
  if (result.exitCode !== 0) {
    const how = result.startError ?? (result.signal ? `ended by ${result.signal}` : `exit status ${result.exitCode}`);
    return { found: false, reason: `'${path}' does not print its version (${how})` };
  }
  const version = parseVersion(`${result.stdout}\n${result.stderr}`, query);
  return present({ name, path, version }, `the version that '${path}' prints cannot be parsed`);
}

/** Finds a program that attune does not know, without running it. */
export async function findProgram(name: string, { processes, variables }: RuntimeTools): Promise<Detection> {
  const path = processes.find(name, variables['PATH']);
  return path === undefined
    ? absent([name])
    : present({ name, path }, `attune does not know how to detect the version of '${path}'`);
}

function absent(programs: readonly string[]): Detection {
  return { found: false, reason: `no program ${programs.map((name) => `'${name}'`).join(' or ')} is on the PATH` };
}

function present(
  { name, path, version }: { name: string; path: string | undefined; version?: string | undefined },
  whyNoVersion: string,
): Detection {
  return { found: true, runtime: { name, version, path }, whyNoVersion };
}

/** Returns the complete environment, which version managers require to find the actual program, with English output. */
function environmentFor(query: VersionQuery, variables: RuntimeTools['variables']): Record<string, string> {
  const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(set), LC_ALL: 'C', ...query.variables };
}

/** Returns the version in the output of a program as `x.y.z`, without a suffix (`rc1`, `(1)-release`, `+`). */
function parseVersion(output: string, { pattern, renumber }: VersionQuery): string | undefined {
  const text = pattern.exec(output)?.[1];
  return text === undefined ? undefined : coerce(renumber?.(text) ?? text)?.version;
}
