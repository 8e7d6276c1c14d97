import { AttuneError } from '../../errors.ts';
import { type Constraint, parseConstraint, satisfies } from '../constraint.ts';
import {
  type Detection,
  detectKnownRuntime,
  type FoundRuntime,
  findProgram,
  type RuntimeTools,
} from './detect-runtime.ts';
import { knownRuntime } from './known-runtimes.ts';

export interface RuntimeRequirement {
  /** A runtime's name with its constraint, if any: `python`, `python3>=3.9`, `nodejs^20`. */
  readonly text: string;
  /** The ref of the dependent, for messages. */
  readonly neededBy: string;
}

export interface RuntimeFailure {
  /** The requirement as written. */
  readonly requirement: string;
  readonly neededBy: string;
  /** The installed version; `undefined` if the runtime is missing or its version is unknown. */
  readonly found: string | undefined;
  /** One line with the requirement, the dependent and what was found. */
  readonly message: string;
}

export interface RuntimeCheck {
  readonly failures: readonly RuntimeFailure[];
  readonly warnings: readonly string[];
  /** The found runtimes without duplicates, in the order of the requirements. */
  readonly found: readonly FoundRuntime[];
}

export class InvalidRuntime extends AttuneError {
  constructor(text: string) {
    super('INVALID_RUNTIME', `'${text}' is not a runtime with an optional constraint.`, {
      facts: { runtime: text },
      hint: 'Write a name and a constraint, such as python, python3>=3.9 or nodejs^20.',
    });
  }
}

/**
 * Parses a runtime requirement.
 * @param text a name with an optional constraint
 * @throws InvalidRuntime, InvalidConstraint
 */
export function parseRuntime(text: string): { name: string; constraint: Constraint | undefined } {
  // No separators and no leading dot: the name is resolved in the directories of the PATH and must not leave them.
  const match = /^([A-Za-z0-9][A-Za-z0-9_.+-]*)(?:\s*([<>=!~^*].*)|\s+(\S.*))?$/s.exec(text.trim());
  if (match === null) throw new InvalidRuntime(text);
  const [, name = '', attached, separate] = match;
  const constraint = attached ?? separate;
  return { name, constraint: constraint === undefined ? undefined : parseConstraint(constraint) };
}

/**
 * Finds every required runtime on the `PATH` and runs known runtimes to detect their versions, each once and concurrently.
 * A release candidate of a runtime counts as its release.
 *
 * An unknown program is never run (the effect of `--version` is unknown, and the name comes from a pack), and a POSIX shell
 * has no version. A constraint on such a program cannot be checked, which is a warning; a constraint on a missing program
 * is a failure.
 */
export async function checkRuntimes(
  requirements: readonly RuntimeRequirement[],
  tools: RuntimeTools,
): Promise<RuntimeCheck> {
  const detections = new Map<string, Promise<Detection>>();
  const detect = (name: string): Promise<Detection> => {
    const known = knownRuntime(name);
    const key = known?.name ?? name;
    const detection = detections.get(key) ?? (known ? detectKnownRuntime(known, tools) : findProgram(name, tools));
    detections.set(key, detection);
    return detection;
  };
  const results = await Promise.all(requirements.map((requirement) => checkRequirement(requirement, detect)));
  const detected = await Promise.all(detections.values());
  return {
    failures: results.flatMap(({ failure }) => failure ?? []),
    warnings: [...new Set(results.flatMap(({ warning }) => warning ?? []))],
    found: detected.flatMap((detection) => (detection.found ? [detection.runtime] : [])),
  };
}

interface CheckResult {
  readonly failure?: RuntimeFailure;
  readonly warning?: string;
}

async function checkRequirement(
  requirement: RuntimeRequirement,
  detect: (name: string) => Promise<Detection>,
): Promise<CheckResult> {
  const { text, neededBy } = requirement;
  const formatLine = (reason: string) => `${text} (needed by ${neededBy}): ${reason}`;
  const fail = (reason: string, found?: string): CheckResult => ({
    failure: { requirement: text, neededBy, found, message: formatLine(reason) },
  });
  const warn = (reason: string): CheckResult => ({ warning: `${formatLine(reason)}.` });

  const parsed = tryParseRuntime(text);
  if ('error' in parsed) return fail(parsed.error);
  const known = knownRuntime(parsed.name);
  const constraint = parsed.constraint ?? impliedConstraint(parsed.name);
  const detection = await detect(parsed.name);
  if (!detection.found) return known || constraint ? fail(detection.reason) : warn(detection.reason);
  if (!constraint) return {};
  const { name, version } = detection.runtime;
  if (version !== undefined) {
    return satisfies(version, constraint) ? {} : fail(`${name} ${version} is installed`, version);
  }
  const { whyNoVersion } = detection;
  const hasVersion = known?.programs.some((program) => program.versionQuery);
  return hasVersion ? fail(whyNoVersion) : warn(`${whyNoVersion}, so the constraint was not checked`);
}

function tryParseRuntime(text: string): ReturnType<typeof parseRuntime> | { error: string } {
  try {
    return parseRuntime(text);
  } catch (error) {
    if (error instanceof AttuneError) return { error: error.message.replace(/\.$/, '') };
    throw error;
  }
}

/** Returns the constraint of a name: `python3` may be a program named `python`, but not Python 2. */
function impliedConstraint(name: string): Constraint | undefined {
  return name.toLowerCase() === 'python3' ? parseConstraint('>=3') : undefined;
}
