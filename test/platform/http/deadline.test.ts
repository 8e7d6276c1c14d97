import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitDuration } from '../../../src/platform/http/deadline.ts';

async function* numbers(onEnd: () => void) {
  try {
    for (let number = 0; ; number++) yield number;
  } finally {
    onEnd();
  }
}

test('limitDuration: a stream fails and is closed after the limit', async () => {
  let now = 1000;
  let ended = false;
  const passed: number[] = [];
  const clock = { elapsed: () => now };
  const stream = numbers(() => {
    ended = true;
  });
  const read = async () => {
    for await (const number of limitDuration(stream, 50, () => new Error('too slow'), clock)) {
      passed.push(number);
      now += 20;
    }
  };
  await assert.rejects(read(), /too slow/);
  assert.deepEqual(passed, [0, 1, 2]);
  assert.ok(ended);
});
