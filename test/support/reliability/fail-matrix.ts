import assert from 'node:assert/strict';
import type { Fault } from '../faults/fault.ts';
import type { Rehearsed } from './kill-matrix.ts';
import type { Ending, Machine } from './machine.ts';
import { stateOf } from './state.ts';

/** A full disk, a broken one, and rights that somebody took away. */
const CODES = ['ENOSPC', 'EIO', 'EACCES'] as const;

/** A call that fails, or the first of many. */
export interface Failure {
  readonly fault: Fault;
  /** For messages. */
  readonly call: string;
}

/** Each call of an operation on its own, and all from it on, in each way. */
export function failuresOf({ calls }: Rehearsed): Failure[] {
  return calls.flatMap(({ name, path, fails }, index) =>
    (['fail', 'failing'] as const).flatMap((verb) =>
      fails ? CODES.map((code) => ({ fault: `${verb}:${index + 1}:${code}` as const, call: `${name} ${path}` })) : [],
    ),
  );
}

/** Goes through failures with all machines. @throws Error with all that are answered wrongly */
export async function failAll(
  rehearsed: Rehearsed,
  failures: readonly Failure[],
  machines: readonly Machine[],
): Promise<void> {
  const queue = failures.values();
  const wrong: string[] = [];
  await Promise.all(
    machines.map(async (machine) => {
      for (const failure of queue) {
        await failAt(failure, rehearsed, machine).catch((error: unknown) => wrong.push(String(error)));
      }
    }),
  );
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
}

/**
 * Lets the n-th call of an operation fail, and perhaps all that come after it, and looks at what attune makes of that: a
 * sentence with the path, status 10, and a store that is what it was; or, where nothing hangs on that call, success. After
 * the commit the change stands, whatever is said of what comes after it.
 * @throws AssertionError
 */
async function failAt({ fault, call }: Failure, rehearsed: Rehearsed, machine: Machine): Promise<void> {
  const { operation, words, saved, before, after } = rehearsed;
  machine.restore(saved);
  const ending = await machine.run([...words, '--json'], fault);
  const where = `${operation.name}, ${fault} (${call})`;
  assert.equal(ending.signal, null, where);
  if (ending.status !== 0) checkError(where, ending);
  assert.doesNotMatch(ending.stderr, /^ +at /m, where);

  const next = await machine.runWarm(['pack', 'list', '--json']);
  assert.equal(next.status, 0, `${where}, then pack list: ${next.stdout}${next.stderr}`);
  const { store, files } = stateOf(machine.root);
  const expected = ending.status === 0 ? [after.state] : [before.state, after.state];
  assert.ok(
    expected.some((state) => state.store === store),
    `${where}: the store is neither old nor new`,
  );
  assert.ok(
    expected.some((state) => state.files === files),
    `${where}: the files are neither old nor new`,
  );
}

function checkError(where: string, { status, stdout, stderr }: Ending): void {
  assert.match(stdout, /^\{\n[\s\S]*\n\}\n$/, `${where}: ${stderr}`);
  const document = JSON.parse(stdout);
  // A report has it beside the pack that it is about.
  const error = document.error ?? document.packs.find((pack: { error?: object }) => pack.error)?.error;
  assert.equal(status, 10, `${where}: ${error.code}: ${error.message}`);
  assert.match(error.code, /^STORE_/, where);
  assert.match(error.message, /'[^']*\/[^']*'/, `${where} names no path: ${error.message}`);
  assert.ok(error.hint, `${where} says nothing of what to do: ${error.message}`);
}
