import type { Interleaver, Outcome, ProcessResult } from './interleaver.ts';
import type { ConcurrentOperation } from './operations.ts';
import type { Schedule } from './schedule.ts';

/** `serial`: as in a serial order of all processes; `retryable`: of those that were not asked to try again. */
export type Verdict = 'serial' | 'retryable' | 'wrong';

export interface Judgment {
  readonly verdict: Verdict;
  /** The difference from every serial order, or the messages that ask to try again. */
  readonly reason?: string;
}

/** The messages of STORE_LOCKED and STORE_CHANGED. JSON output has codes, but no message of a process that waits. */
const RETRYABLE = /Another attune is writing to|Another attune (process )?changed|Another program keeps writing to/;

/** Compares an outcome with every serial order of its processes. */
export async function judge({ state, processes }: Schedule, outcome: Outcome, runner: Interleaver): Promise<Judgment> {
  const operations = processes.map(({ operation }) => operation);
  if (outcome.blockedSilently) return wrong('a process waited without a message', outcome);
  const indexes = [...operations.keys()];
  const refused = indexes.filter((index) => isRetryable(outcome.results[index]!));
  const effective = indexes.filter((index) => !refused.includes(index));
  const differences = new Set<string>();
  const known = new Set<string>();
  let isSerial = false;
  for (const order of permutations(effective)) {
    const serial = await runner.runSerially(
      state,
      order.map((index) => operations[index]!),
    );
    for (const path of serial.final.paths) known.add(path);
    const difference = compare(order, serial, outcome);
    if (difference === undefined) isSerial = true;
    else if (differences.size < 3)
      differences.add(`${difference} of [${order.map((index) => operations[index]!.name).join(', ')}]`);
    if (isSerial && order.length > 2) break;
  }
  if (!isSerial) return wrong([...differences].join('; '), outcome);
  const strays = await findStrays(state, operations, outcome, known, runner);
  if (strays.length > 0) return wrong(`left over: ${strays.join(', ')}`, outcome);
  if (refused.length === 0) return { verdict: 'serial' };
  return { verdict: 'retryable', reason: refused.map((index) => outcome.results[index]!.messages.trim()).join(' ') };
}

function isRetryable({ status, messages }: ProcessResult): boolean {
  return status === 10 && RETRYABLE.test(messages);
}

/** @returns the difference, or `undefined` if the outcome is that of the serial order */
function compare(order: readonly number[], serial: Outcome, outcome: Outcome): string | undefined {
  for (const [position, index] of order.entries()) {
    const [expected, found] = [serial.results[position]!, outcome.results[index]!];
    if (expected.status !== found.status) {
      const statuses = order.map((_, position) => serial.results[position]!.status);
      return `not the statuses ${statuses.join(', ')}`;
    }
    if (expected.output !== found.output) return 'not the output';
  }
  const parts = (['store', 'environments', 'files'] as const).filter(
    (part) => serial.final[part] !== outcome.final[part],
  );
  return parts.length === 0 ? undefined : `not the ${parts.join(' and ')}`;
}

/** Returns the paths that no serial order leaves. */
async function findStrays(
  state: Schedule['state'],
  operations: readonly ConcurrentOperation[],
  { final }: Outcome,
  known: Set<string>,
  runner: Interleaver,
): Promise<string[]> {
  const strays = () => [...final.paths].filter((path) => !known.has(path));
  for (const order of permutations([...operations.keys()])) {
    if (strays().length === 0) return [];
    const serial = await runner.runSerially(
      state,
      order.map((index) => operations[index]!),
    );
    for (const path of serial.final.paths) known.add(path);
  }
  return strays();
}

function wrong(reason: string, { results }: Outcome): Judgment {
  const described = results.map(({ status, messages }) => `${status} (${messages.replace(/\s+/g, ' ').slice(-300)})`);
  return { verdict: 'wrong', reason: `exits ${described.join(', ')}; ${reason}` };
}

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}
