/**
 * A reporter for Node's own test runner (18.17 or later), written into the workspace and named with `--test-reporter`.
 * The built-in JUnit reporter escapes names twice and drops a parent test that fails for itself; this writes one line
 * of JSON a case (see `parse-records.ts`), a suite or parent test only where it is to blame.
 */
export const NODE_REPORTER = String.raw`
import { resolve } from 'node:path';
import { inspect } from 'node:util';

const LONGEST_OUTPUT = 65536;

export default async function* report(source) {
  const names = [];
  const isParent = [];
  const printed = new Map();
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      names.length = isParent.length = data.nesting;
      if (data.nesting > 0) isParent[data.nesting - 1] = true;
      names.push(data.name);
      isParent.push(false);
      yield line({ event: 'start', name: names.join(' > ') });
    } else if (type === 'test:stdout' || type === 'test:stderr') {
      const key = type + data.file;
      printed.set(key, ((printed.get(key) ?? '') + data.message).slice(-LONGEST_OUTPUT));
    } else if (type === 'test:pass' || type === 'test:fail') {
      const parent = isParent[data.nesting] || data.details?.type === 'suite';
      const name = [...names.slice(0, data.nesting), data.name].join(' > ');
      if (parent && !isToBlame(type, data)) continue;
      const found = { event: 'case', name, duration_ms: data.details?.duration_ms, ...verdict(type, data) };
      const wholeFile = data.file && resolve(data.name) === data.file;
      if (wholeFile) Object.assign(found, { stdout: printed.get('test:stdout' + data.file), stderr: printed.get('test:stderr' + data.file) });
      yield line(found);
    }
  }
  yield line({ event: 'end' });
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
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const first = summary.trim().split('\n').find(Boolean) ?? 'The test failed.';
  return first + '\n\n' + (stack.includes(summary) ? stack : cause instanceof Error ? summary + '\n' + stack : inspect(error));
}

function line(record) {
  return JSON.stringify(record) + '\n';
}
`;
