import assert from 'node:assert/strict';
import { AttuneError } from '../../src/errors.ts';

/** Returns the `AttuneError` with which a promise rejects; fails for any other outcome. */
export async function failureOf(promise: Promise<unknown>): Promise<AttuneError> {
  const error: unknown = await promise.then(
    () => assert.fail('the operation succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AttuneError, String(error));
  return error;
}
