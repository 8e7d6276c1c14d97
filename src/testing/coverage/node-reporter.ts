/**
 * A reporter for Node's test runner (18.15 or later) that writes the lines of Node's own coverage as one JSON document
 * (see `parse.ts`). Node 18 lists only the uncovered lines.
 */
export const NODE_COVERAGE_REPORTER = `
export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type === 'test:coverage') yield JSON.stringify({ files: data.summary.files.map(toFile) });
  }
}

function toFile({ path, totalLineCount, lines, uncoveredLineNumbers = [] }) {
  const counts = lines?.map(({ line, count }) => [line, count]) ?? uncoveredLineNumbers.map((line) => [line, 0]);
  return { path, total: totalLineCount, lines: counts };
}
`;

/**
 * A test file that adds the V8 coverage of earlier processes to that of the test run, so that Node evaluates it with its own
 * rules. The directory of the coverage is named by `ATTUNE_V8_COVERAGE`.
 */
export const V8_COVERAGE_TEST = `
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const { ATTUNE_V8_COVERAGE: from, NODE_V8_COVERAGE: to } = process.env;
for (const name of readdirSync(from)) copyFileSync(join(from, name), join(to, name));
`;
