import { join } from 'node:path';
import { inspectTarget } from '../../platform/files/inspect.ts';
import type { RunnerContext, Unrunnable } from './runner.ts';

/**
 * How to start a test runner that is an npm package: that of the pack's `node_modules`, else the program on the `PATH`.
 * Nothing is ever downloaded for it.
 * @param entries where the package keeps its program, newest place first
 */
export function findNodeTool(name: string, entries: readonly string[], context: RunnerContext): string[] | Unrunnable {
  const node = context.find('node');
  if (node === undefined) return { problem: "'node' is not on the PATH" };
  const own = entries
    .map((entry) => join(context.pack, 'node_modules', name, entry))
    .find((path) => inspectTarget(path)?.kind === 'file');
  if (own !== undefined) return [node, own];
  const installed = context.find(name);
  return installed === undefined
    ? { problem: `'${name}' is neither in the pack's node_modules nor on the PATH` }
    : [installed];
}
