/**
 * A reporter for Node's test runner (18.17 or later), written to the workspace and passed with `--test-reporter`. Node's
 * JUnit reporter escapes names twice and omits a parent test with a failure of its own, so this one writes a line of JSON
 * for each case (see `records.ts`). A suite or parent test is written only if it failed itself or was skipped.
 */
export const NODE_REPORTER = String.raw`
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { inspect } from 'node:util';

const MAX_OUTPUT_LENGTH = 65536;

export default async function* report(source) {
  const names = [];
  const isParent = [];
  const output = new Map();
  const running = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      names.length = isParent.length = data.nesting;
      if (data.nesting > 0) isParent[data.nesting - 1] = true;
      names.push(data.name);
      isParent.push(false);
      yield line({ event: 'start', name: names.join(' > ') });
    } else if (type === 'test:dequeue') {
      if (!isFile(data)) running.push(data);
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      const key = type + resolve(data.file);
      output.set(key, ((output.get(key) ?? '') + data.message).slice(-MAX_OUTPUT_LENGTH));
    } else if (type === 'test:pass' || type === 'test:fail') {
      const index = running.findIndex((other) => isSameTest(other, data));
      if (index >= 0) running.splice(index, 1);
      const parent = isParent[data.nesting] || data.details?.type === 'suite';
      const name = [...names.slice(0, data.nesting), data.name].join(' > ');
      if (parent && !hasOwnResult(type, data)) continue;
      const testCase = { event: 'case', name, duration_ms: data.details?.duration_ms, ...outcome(type, data) };
      yield line(isFile(data) ? fileCase(testCase, data.file, output) : testCase);
    }
  }
  for (const { name, file } of lastOfEachFile(running)) {
    const error = 'The test never finished: ' + relative(process.cwd(), file) + ' exited first.';
    yield line({ event: 'case', name, status: 'failed', error });
  }
  yield line({ event: 'end' });
}

function isFile({ name, file }) {
  return file !== undefined && resolve(name) === file;
}

function isSameTest(one, other) {
  return ['file', 'line', 'column', 'nesting', 'name'].every((key) => one[key] === other[key]);
}

/** Node does not report tests that were running when a test called process.exit(0). The last of each file is reported. */
function lastOfEachFile(running) {
  return new Map(running.map((data) => [data.file, data])).values();
}

/** Describes a file that could not be run or has no tests, by its output. */
function fileCase(testCase, file, output) {
  const stdout = output.get('test:stdout' + file);
  const stderr = output.get('test:stderr' + file);
  const reason = testCase.status === 'failed' ? /^\S*Error\b.*$/m.exec(stderr ?? '')?.[0] : undefined;
  const result = { ...testCase, name: relative(process.cwd(), file), stdout, stderr };
  if (reason) return { ...result, error: reason + '\n\n' + stderr };
  if (testCase.status !== 'passed' || !/['"]node:test['"]/.test(readFileSync(file, 'utf8'))) return result;
  return { ...result, status: 'failed', error: 'The file has no tests, or exited before it reported one.' };
}

function hasOwnResult(type, { skip, details }) {
  if (skip !== undefined && skip !== false) return true;
  return type === 'test:fail' && details?.error?.failureType !== 'subtestsFailed';
}

function outcome(type, { skip, todo, details }) {
  const directive = [skip, todo].find((value) => value !== undefined && value !== false);
  if (directive !== undefined) return { status: 'skipped', error: typeof directive === 'string' ? directive : '' };
  return type === 'test:pass' ? { status: 'passed' } : { status: 'failed', error: explain(details?.error) };
}

function explain(error) {
  const cause = error?.cause ?? error;
  const summary = cause instanceof Error ? cause.message : String(cause);
  // Stack frames of Node's test runner are omitted.
  const stack = cause instanceof Error ? (cause.stack ?? '').replace(/\n +at .*\bnode:internal\/.*/g, '') : '';
  const first = summary.trim().split('\n').find(Boolean) ?? 'The test failed.';
  return first + '\n\n' + (stack.includes(summary) ? stack : cause instanceof Error ? summary + '\n' + stack : inspect(error));
}

function line(record) {
  return JSON.stringify(record) + '\n';
}
`;
