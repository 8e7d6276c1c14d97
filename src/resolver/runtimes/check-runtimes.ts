import { AttuneError } from '../../errors.ts';
import { type Constraint, parseConstraint, satisfies } from '../constraint.ts';
import { type FoundRuntime, type Inquiry, inquire, lookFor, type RuntimeTools } from './detect-runtime.ts';
import { knownRuntime } from './known-runtimes.ts';

export interface RuntimeRequirement {
  /** A runtime's name with its constraint, if any: `python`, `python3>=3.9`, `nodejs^20`. */
  readonly text: string;
  /** Whose requirement it is, for messages. */
  readonly neededBy: string;
}

export interface RuntimeFailure {
  /** The requirement as it was written. */
  readonly requirement: string;
  readonly neededBy: string;
  /** The version that is there; `undefined` where there is none, or none that could be read. */
  readonly found: string | undefined;
  /** One line for a list: what is needed, by whom, and what is there instead. */
  readonly message: string;
}

export interface RuntimeCheck {
  readonly failures: readonly RuntimeFailure[];
  readonly warnings: readonly string[];
  /** Each runtime once, in the order in which it was first required. */
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
 * @param text a name, and a constraint behind it if there is one
 * @throws InvalidRuntime, InvalidConstraint
 */
export function parseRuntime(text: string): { name: string; constraint: Constraint | undefined } {
  // No separators and no leading dot: the name is looked up in the directories of the PATH and must stay there.
  const match = /^([A-Za-z0-9][A-Za-z0-9_.+-]*)(?:\s*([<>=!~^*].*)|\s+(\S.*))?$/s.exec(text.trim());
  if (match === null) throw new InvalidRuntime(text);
  const [, name = '', attached, separate] = match;
  const constraint = attached ?? separate;
  return { name, constraint: constraint === undefined ? undefined : parseConstraint(constraint) };
}

/**
 * Looks for every required runtime on the `PATH` and asks those that attune knows for their version, each once and
 * all at the same time. A release candidate of a runtime counts as its release.
 *
 * A program that attune does not know is never started (what `--version` does to it is anybody's guess, and the name
 * comes from a pack), and a POSIX shell has no version. With these a constraint on a program that is there cannot be
 * checked, which is a warning; a constraint on one that is missing is a failure.
 */
export async function checkRuntimes(
  requirements: readonly RuntimeRequirement[],
  tools: RuntimeTools,
): Promise<RuntimeCheck> {
  const inquiries = new Map<string, Promise<Inquiry>>();
  const ask = (name: string): Promise<Inquiry> => {
    const known = knownRuntime(name);
    const key = known?.name ?? name;
    const inquiry = inquiries.get(key) ?? (known ? inquire(known, tools) : lookFor(name, tools));
    inquiries.set(key, inquiry);
    return inquiry;
  };
  const verdicts = await Promise.all(requirements.map((requirement) => judge(requirement, ask)));
  const found = await Promise.all(inquiries.values());
  return {
    failures: verdicts.flatMap(({ failure }) => failure ?? []),
    warnings: [...new Set(verdicts.flatMap(({ warning }) => warning ?? []))],
    found: found.flatMap((inquiry) => (inquiry.there ? [inquiry.runtime] : [])),
  };
}

interface Verdict {
  readonly failure?: RuntimeFailure;
  readonly warning?: string;
}

async function judge(requirement: RuntimeRequirement, ask: (name: string) => Promise<Inquiry>): Promise<Verdict> {
  const { text, neededBy } = requirement;
  const lineOf = (why: string) => `${text} (needed by ${neededBy}): ${why}`;
  const fail = (why: string, found?: string): Verdict => ({
    failure: { requirement: text, neededBy, found, message: lineOf(why) },
  });
  const warn = (why: string): Verdict => ({ warning: `${lineOf(why)}.` });

  const parsed = readRuntime(text);
  if ('wrong' in parsed) return fail(parsed.wrong);
  const known = knownRuntime(parsed.name);
  const constraint = parsed.constraint ?? impliedBy(parsed.name);
  const inquiry = await ask(parsed.name);
  if (!inquiry.there) return known || constraint ? fail(inquiry.why) : warn(inquiry.why);
  if (!constraint) return {};
  const { name, version } = inquiry.runtime;
  if (version !== undefined) {
    return satisfies(version, constraint) ? {} : fail(`${name} ${version} is installed`, version);
  }
  const hasVersion = known?.programs.some((program) => program.question);
  return hasVersion ? fail(inquiry.whyNoVersion) : warn(`${inquiry.whyNoVersion}, so the constraint was not checked`);
}

function readRuntime(text: string): ReturnType<typeof parseRuntime> | { wrong: string } {
  try {
    return parseRuntime(text);
  } catch (error) {
    if (error instanceof AttuneError) return { wrong: error.message.replace(/\.$/, '') };
    throw error;
  }
}

/** `python3` may be answered by a program named `python`, but not by Python 2. */
function impliedBy(name: string): Constraint | undefined {
  return name.toLowerCase() === 'python3' ? parseConstraint('>=3') : undefined;
}
