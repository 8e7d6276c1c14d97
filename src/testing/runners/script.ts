import { basename, extname, isAbsolute, join } from 'node:path';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readStart } from '../../platform/files/read.ts';
import { prepareResultReader } from '../results/collect-results.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import type { PrepareRunner, RunnerContext, Unrunnable } from './runner.ts';

/** What runs a script that does not say so in its first line; the first that is there. */
const INTERPRETERS: Readonly<Record<string, readonly string[]>> = {
  '.py': ['python3', 'python'],
  '.js': ['node'],
  '.mjs': ['node'],
  '.cjs': ['node'],
  '.rb': ['ruby'],
  '.pl': ['perl'],
  '.ps1': ['pwsh', 'powershell'],
};
const SHELLS = ['bash', 'sh'];
const DEFAULT_SCRIPT = 'run_tests.sh';

/**
 * A script of any language. Its first line (`#!`) is read here and not by the system, so that neither a mode that an
 * archive lost nor a temporary directory where nothing may be executed gets in the way.
 */
export const prepareScript: PrepareRunner = (suite, context) => {
  const script = findScript(suite.target, context);
  if (typeof script !== 'string') return script;
  const words = interpreterOf(script, context);
  if (!Array.isArray(words)) return words;
  const [command = '', ...args] = words;
  return { command, args: [...args, script], read: prepareResultReader(suite, context.pack) };
};

function findScript(target: string, { pack }: RunnerContext): string | Unrunnable {
  const path = pathInside(pack, target);
  if (path === undefined) return { problem: `Its entry_point '${target}' leads out of the pack` };
  const script = inspectTarget(path)?.kind === 'directory' ? join(path, DEFAULT_SCRIPT) : path;
  if (inspectTarget(script)?.kind === 'file') return script;
  return { problem: `Its entry_point '${target}' is not in the pack` };
}

function interpreterOf(script: string, { find }: RunnerContext): string[] | Unrunnable {
  const named = shebangWords(readStart(script, 256).toString('latin1'));
  const candidates = named ? [named] : (INTERPRETERS[extname(script)] ?? SHELLS).map((program) => [program]);
  for (const [program = '', ...args] of candidates) {
    // Windows has no /bin: there the name alone must do.
    const found = find(program) ?? (isAbsolute(program) ? find(basename(program)) : undefined);
    if (found !== undefined) return [found, ...args];
  }
  const names = candidates.map(([program]) => `'${program}'`).join(' or ');
  return { problem: `${names}, which runs '${basename(script)}', is not on the PATH` };
}

/** `#!/usr/bin/env bash` is `bash`, `#!/bin/bash -e` is `/bin/bash -e`. */
function shebangWords(start: string): string[] | undefined {
  const line = /^#!\s*(.*)/.exec(start)?.[1]?.trim();
  if (!line) return undefined;
  const words = line.split(/\s+/);
  if (basename(words[0] ?? '') !== 'env') return words;
  const rest = words.slice(1).filter((word) => word !== '-S');
  return rest.length > 0 ? rest : undefined;
}
