import assert from 'node:assert/strict';
import type { Fault } from '../faults/fault.ts';
import type { Rehearsed } from './kill-matrix.ts';
import type { Exit, Machine } from './machine.ts';
import { stateOf } from './state.ts';

/** A full disk, an I/O error, and missing permissions. */
const CODES = ['ENOSPC', 'EIO', 'EACCES'] as const;

/** An injected failure of one call, or of a call and all later ones. */
export interface Failure {
  readonly fault: Fault;
  /** The call, for messages. */
  readonly call: string;
}

/** Returns the failures of each call alone, and of each call with all later ones, for each error code. */
export function failuresOf({ calls }: Rehearsed): Failure[] {
  return calls.flatMap(({ name, path, fails }, index) =>
    (['fail', 'failing'] as const).flatMap((verb) =>
      fails ? CODES.map((code) => ({ fault: `${verb}:${index + 1}:${code}` as const, call: `${name} ${path}` })) : [],
    ),
  );
}

/** Checks failures on all machines concurrently. @throws Error with all unmet expectations */
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
 * Runs an operation with an injected failure. Expects either a message with the path, status 10 and an unchanged store, or
 * success if the call is optional. A failure after the commit may also leave the new state.
 * @throws AssertionError
 */
async function failAt({ fault, call }: Failure, rehearsed: Rehearsed, machine: Machine): Promise<void> {
  const { operation, args, saved, before, after } = rehearsed;
  machine.restore(saved);
  const exit = await machine.run([...args, '--json'], fault);
  const where = `${operation.name}, ${fault} (${call})`;
  assert.equal(exit.signal, null, where);
  if (exit.status !== 0) checkError(where, exit);
  assert.doesNotMatch(exit.stderr, /^ +at /m, where);

  const next = await machine.runWarm(['pack', 'list', '--json']);
  assert.equal(next.status, 0, `${where}, then pack list: ${next.stdout}${next.stderr}`);
  const { store, files } = stateOf(machine.root);
  const expected = exit.status === 0 ? [after.state] : [before.state, after.state];
  assert.ok(
    expected.some((state) => state.store === store),
    `${where}: the store is neither old nor new`,
  );
  assert.ok(
    expected.some((state) => state.files === files),
    `${where}: the files are neither old nor new`,
  );
}

function checkError(where: string, { status, stdout, stderr }: Exit): void {
  assert.match(stdout, /^\{\n[\s\S]*\n\}\n$/, `${where}: ${stderr}`);
  const document = JSON.parse(stdout);
  // A report contains the error next to its pack.
  const error = document.error ?? document.packs.find((pack: { error?: object }) => pack.error)?.error;
  assert.equal(status, 10, `${where}: ${error.code}: ${error.message}`);
  assert.match(error.code, /^STORE_/, where);
  assert.match(error.message, /'[^']*\/[^']*'/, `${where}: no path in the message: ${error.message}`);
  assert.ok(error.hint, `${where}: no hint: ${error.message}`);
}
