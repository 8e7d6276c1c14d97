import assert from 'node:assert/strict';
import { test } from 'node:test';
import { surroundingsLines } from '../../../../src/cli/views/test/environment.ts';
import type { TestConfinement, TestReport } from '../../../../src/packs/test-report.ts';
import { reportOf } from '../../../../src/testing/results/verdict.ts';

const REPORT: TestReport = reportOf({ ref: 'demo', version: '1.0.0' }, new Date(0), 1, []);
const OPEN: TestConfinement = { by: 'shell', network: 'open', memory_bytes: null, cpu_seconds: null, processes: null };

const ROWS: { claim: string; report: Partial<TestReport>; want: readonly string[] }[] = [
  { claim: 'what tests always have is not told', report: {}, want: [] },
  { claim: 'nor what could not be had', report: { confinement: OPEN, environments: [] }, want: [] },
  {
    claim: 'limits and the network are told',
    report: {
      confinement: { ...OPEN, network: 'loopback', memory_bytes: 2 * 1024 ** 3, cpu_seconds: 600, processes: 64 },
    },
    want: [
      'Limits: 2.0 GiB of memory a process, 600 s of processor time a process, at most 64 processes',
      'Network: this machine alone',
    ],
  },
  { claim: 'no network at all', report: { confinement: { ...OPEN, network: 'none' } }, want: ['Network: none'] },
  {
    claim: 'environments are told, and whether they are new',
    report: {
      environments: [
        { kind: 'python', digest: '00', path: '/a', reused: false },
        { kind: 'node', digest: '11', path: '/b', reused: true },
      ],
    },
    want: ['Environment: python 00 (built for this run)', 'Environment: node 11'],
  },
];

for (const { claim, report, want } of ROWS) {
  test(`around the tests: ${claim}`, () => assert.deepEqual(surroundingsLines({ ...REPORT, ...report }), want));
}
