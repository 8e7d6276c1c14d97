import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planSuites } from '../../src/testing/plan.ts';
import { packOf, run, runnerOf, sectionOf } from '../support/testing/run.ts';

const MANIFEST = { ref: 'demo' };

test('planSuites: each runner is a suite with the defaults of the section', () => {
  const testing = sectionOf({
    runners: [
      runnerOf('unittest', { name: 'python', timeoutSeconds: undefined }),
      runnerOf('script', { resultFormat: 'tap' }),
    ],
    resultFormat: 'simple',
    resultPath: 'out/',
  });
  const planned = planSuites(MANIFEST, testing, '/nowhere', {});
  assert.deepEqual(
    planned.map(({ name, type, target, timeoutSeconds, resultFormat, resultPath }) => [
      name,
      type,
      target,
      timeoutSeconds,
      resultFormat,
      resultPath,
    ]),
    [
      ['python', 'unittest', 'tests', 300, 'simple', 'out/'],
      ['script', 'script', 'tests', 30, 'tap', 'out/'],
    ],
  );
});

test('planSuites: a listed test may name a runner, a runner type or a command', () => {
  const testing = sectionOf({
    discovery: {
      method: 'manifest',
      tests: [
        { name: 'one', runner: 'python', command: undefined, timeoutSeconds: 5 },
        { name: 'two', runner: 'node', command: undefined, timeoutSeconds: undefined },
        { name: 'three', runner: undefined, command: 'make check', timeoutSeconds: undefined },
        { name: 'four', runner: 'python', command: 'python3 -m tests', timeoutSeconds: undefined },
      ],
    },
    runners: [runnerOf('unittest', { name: 'python', entryPoint: 'tests/a.py' })],
  });
  assert.deepEqual(
    planSuites(MANIFEST, testing, '/nowhere', {}).map(({ name, runner, type, target, command, timeoutSeconds }) => [
      name,
      runner,
      type,
      target,
      command,
      timeoutSeconds,
    ]),
    [
      ['one', 'python', 'unittest', 'tests/a.py', undefined, 5],
      ['two', 'node', 'node', 'tests', undefined, 300],
      ['three', 'command', 'command', 'tests', 'make check', 300],
      ['four', 'python', 'unittest', 'tests/a.py', 'python3 -m tests', 30],
    ],
  );
});

test('planSuites: a runtime selects runners by name or type', () => {
  const runners = [runnerOf('unittest', { name: 'python' }), runnerOf('pytest', { name: 'more' })];
  const names = (runtime: string) =>
    planSuites(MANIFEST, sectionOf({ runners }), '/nowhere', { runtime }).map(({ name }) => name);
  assert.deepEqual(names('python'), ['python']);
  assert.deepEqual(names('pytest'), ['more']);
});

test('runTests: without runners, tests are discovered by their file names', async (t) => {
  const files = {
    'tests/test_a.py': 'import unittest\nclass T(unittest.TestCase):\n    def test_a(self): pass\n',
    'tests/b.test.mjs': `import { test } from 'node:test'; test('b', () => {});`,
    'tests/run_tests.sh': '#!/bin/sh\ntrue\n',
    'tests/helper.sh': '#!/bin/sh\nexit 1\n',
    'tests/data/test_c.sh': 'true',
  };
  const { report } = await run(t, packOf(t, {}, files));
  assert.deepEqual(
    report.test_suites.map(({ name, runner_type, passed }) => [name, runner_type, passed]),
    [
      ['python', 'unittest', 1],
      ['node', 'node', 1],
      ['tests/data/test_c.sh', 'script', 1],
      ['tests/run_tests.sh', 'script', 1],
    ],
  );
});

test('planSuites: directories outside the pack are not searched for tests', () => {
  const testing = sectionOf({ discovery: { method: 'directory', path: '../../..' } });
  assert.deepEqual(planSuites(MANIFEST, testing, import.meta.dirname, {}), []);
});

test('runTests: an executable discovery command is one suite', async (t) => {
  const discovery = { method: 'executable', command: 'echo "Passed: 3"' } as const;
  const { report } = await run(t, packOf(t, { discovery }, {}));
  assert.deepEqual([report.test_suites[0]?.name, report.passed, report.status], ['executable', 3, 'passed']);
});
