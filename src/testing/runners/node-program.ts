/**
 * A reporter for Node's own test runner (18.17 or later), written into the workspace and named with `--test-reporter`.
 * The built-in JUnit reporter escapes names twice and drops a parent test that fails for itself; this writes one line
 * of JSON a case (see `parse-records.ts`), a suite or parent test only where it is to blame.
 */
export const NODE_REPORTER = String.raw`
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { inspect } from 'node:util';

const LONGEST_OUTPUT = 65536;

export default async function* report(source) {
  const names = [];
  const isParent = [];
  const printed = new Map();
  const begun = [];
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      names.length = isParent.length = data.nesting;
      if (data.nesting > 0) isParent[data.nesting - 1] = true;
      names.push(data.name);
      isParent.push(false);
      yield line({ event: 'start', name: names.join(' > ') });
    } else if (type === 'test:dequeue') {
      if (!isFile(data)) begun.push(data);
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      const key = type + resolve(data.file);
      printed.set(key, ((printed.get(key) ?? '') + data.message).slice(-LONGEST_OUTPUT));
    } else if (type === 'test:pass' || type === 'test:fail') {
      const at = begun.findIndex((other) => isSame(other, data));
      if (at >= 0) begun.splice(at, 1);
      const parent = isParent[data.nesting] || data.details?.type === 'suite';
      const name = [...names.slice(0, data.nesting), data.name].join(' > ');
      if (parent && !isToBlame(type, data)) continue;
      const found = { event: 'case', name, duration_ms: data.details?.duration_ms, ...verdict(type, data) };
      yield line(isFile(data) ? fileFound(found, data.file, printed) : found);
    }
  }
  for (const { name, file } of lastOfEachFile(begun)) {
    const error = 'It began and never ended: ' + relative(process.cwd(), file) + ' exited before.';
    yield line({ event: 'case', name, status: 'failed', error });
  }
  yield line({ event: 'end' });
}

function isFile({ name, file }) {
  return file !== undefined && resolve(name) === file;
}

function isSame(one, other) {
  return ['file', 'line', 'column', 'nesting', 'name'].every((key) => one[key] === other[key]);
}

/** A test that calls process.exit(0) takes those around it along, and Node itself says nothing of them. */
function lastOfEachFile(begun) {
  return new Map(begun.map((data) => [data.file, data])).values();
}

/** A file that could not be run, or has no test in it: what it printed is all there is to know. */
function fileFound(found, file, printed) {
  const stdout = printed.get('test:stdout' + file);
  const stderr = printed.get('test:stderr' + file);
  const reason = found.status === 'failed' ? /^\S*Error\b.*$/m.exec(stderr ?? '')?.[0] : undefined;
  const told = { ...found, name: relative(process.cwd(), file), stdout, stderr };
  if (reason) return { ...told, error: reason + '\n\n' + stderr };
  if (found.status !== 'passed' || !/['"]node:test['"]/.test(readFileSync(file, 'utf8'))) return told;
  return { ...told, status: 'failed', error: 'It has no test, or exited before it could tell of one.' };
}

function isToBlame(type, { skip, details }) {
  if (skip !== undefined && skip !== false) return true;
  return type === 'test:fail' && details?.error?.failureType !== 'subtestsFailed';
}

function verdict(type, { skip, todo, details }) {
  const aside = [skip, todo].find((word) => word !== undefined && word !== false);
  if (aside !== undefined) return { status: 'skipped', error: typeof aside === 'string' ? aside : '' };
  return type === 'test:pass' ? { status: 'passed' } : { status: 'failed', error: explain(details?.error) };
}

function explain(error) {
  const cause = error?.cause ?? error;
  const summary = cause instanceof Error ? cause.message : String(cause);
  // What Node does between its runner and the test says nothing to who wrote the test.
  const stack = cause instanceof Error ? (cause.stack ?? '').replace(/\n +at .*\bnode:internal\/.*/g, '') : '';
  const first = summary.trim().split('\n').find(Boolean) ?? 'The test failed.';
  return first + '\n\n' + (stack.includes(summary) ? stack : cause instanceof Error ? summary + '\n' + stack : inspect(error));
}

function line(record) {
  return JSON.stringify(record) + '\n';
}
`;
