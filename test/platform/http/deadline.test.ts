import assert from 'node:assert/strict';
import { it } from 'node:test';
import { withinTime } from '../../../src/platform/http/deadline.ts';

async function* numbers(onEnd: () => void) {
  try {
    for (let number = 0; ; number++) yield number;
  } finally {
    onEnd();
  }
}

it('a stream is passed on until its time is over, and then ended', async () => {
  let now = 1000;
  let ended = false;
  const passed: number[] = [];
  const clock = { elapsed: () => now };
  const stream = numbers(() => {
    ended = true;
  });
  const read = async () => {
    for await (const number of withinTime(stream, 50, () => new Error('too slow'), clock)) {
      passed.push(number);
      now += 20;
    }
  };
  await assert.rejects(read(), /too slow/);
  assert.deepEqual(passed, [0, 1, 2]);
  assert.ok(ended);
});
