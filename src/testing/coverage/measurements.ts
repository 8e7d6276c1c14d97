import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeDirectory } from '../../platform/files/entries.ts';
import { writeNewFile } from '../../platform/files/write.ts';
import type { Command, Measurement } from '../runners/runner.ts';
import { NODE_COVERAGE_REPORTER, V8_COVERAGE_TEST } from './node-reporter.ts';
import { parseIstanbulCoverage, parseNodeCoverage } from './parse.ts';

interface Measured {
  /** Arguments in addition to those of the runner. */
  readonly args?: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly measurement: Measurement;
}

/** Measures with Node's own coverage. @param results an unused path, to which suffixes are appended */
export function nodeMeasurement(results: string): Measured {
  const reporter = `${results}.coverage.mjs`;
  const file = `${results}.coverage.json`;
  writeNewFile(reporter, NODE_COVERAGE_REPORTER);
  return {
    args: [
      '--experimental-test-coverage',
      `--test-reporter=${pathToFileURL(reporter).href}`,
      `--test-reporter-destination=${file}`,
    ],
    measurement: {
      file,
      parse: parseNodeCoverage,
      isUnsupported: ({ exitCode, stderr }) =>
        exitCode === 9 && /: bad option: --experimental-test-coverage\s*$/m.test(stderr),
    },
  };
}

/** Measures all Node processes of a runner. A test run without tests of its own then evaluates the data as Node does. */
export function v8Measurement(node: string, results: string): Measured {
  const directory = `${results}.v8`;
  const test = `${results}.v8.mjs`;
  makeDirectory(directory);
  writeNewFile(test, V8_COVERAGE_TEST);
  const { args = [], measurement } = nodeMeasurement(results);
  const evaluate: Command = {
    command: node,
    args: ['--test', ...args, test],
    variables: { ATTUNE_V8_COVERAGE: directory },
  };
  return { variables: { NODE_V8_COVERAGE: directory }, measurement: { ...measurement, evaluate } };
}

/** Measures with jest (25 or later), which evaluates the data of V8 with the source maps of its transformations. */
export function jestMeasurement(results: string): Measured {
  const directory = `${results}.coverage`;
  return {
    args: [
      ...['--coverage', '--coverageProvider=v8', '--coverageReporters=json', `--coverageDirectory=${directory}`],
      // A threshold of the configuration would fail the suite.
      '--coverageThreshold={}',
    ],
    measurement: {
      file: join(directory, 'coverage-final.json'),
      parse: parseIstanbulCoverage,
      isUnsupported: ({ exitCode, stderr }) =>
        exitCode === 1 && /Unrecognized CLI Parameter|Unrecognized option/.test(stderr),
    },
  };
}
