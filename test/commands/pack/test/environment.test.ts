import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentLines } from '../../../../src/cli/views/test/environment.ts';
import type { TestConfinement, TestReport } from '../../../../src/packs/test-report.ts';
import { buildReport } from '../../../../src/testing/results/verdict.ts';

const REPORT: TestReport = buildReport({ ref: 'demo', version: '1.0.0' }, new Date(0), 1, []);
const OPEN: TestConfinement = {
  ...{ by: 'shell', network: 'open', files: 'open', notes: [] },
  ...{ memory_bytes: null, cpu_seconds: null, processes: null },
};

const ROWS: { claim: string; report: Partial<TestReport>; want: readonly string[] }[] = [
  { claim: 'defaults are not shown', report: {}, want: [] },
  { claim: 'unavailable limits are not shown', report: { confinement: OPEN, environments: [] }, want: [] },
  {
    claim: 'limits and network are shown',
    report: {
      confinement: { ...OPEN, network: 'loopback', memory_bytes: 2 * 1024 ** 3, cpu_seconds: 600, processes: 64 },
    },
    want: [
      'Limits: 2.0 GiB of memory per process, 600 s of CPU time per process, at most 64 processes',
      'Network: loopback only',
    ],
  },
  {
    claim: 'hidden files are shown with notes',
    report: { confinement: { ...OPEN, files: 'isolated', network: 'loopback', notes: ['One limit is missing.'] } },
    want: [
      'Network: loopback only',
      "Files: your home and attune's directories are hidden",
      'Note: One limit is missing.',
    ],
  },
  { claim: 'no network at all', report: { confinement: { ...OPEN, network: 'none' } }, want: ['Network: none'] },
  {
    claim: 'environments are shown, and whether they were built',
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
  test(`test report: ${claim}`, () => assert.deepEqual(environmentLines({ ...REPORT, ...report }), want));
}
