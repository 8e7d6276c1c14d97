import { basename, extname, isAbsolute, join } from 'node:path';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { readStart } from '../../platform/files/read.ts';
import { prepareResultReader } from '../results/collect-results.ts';
import { type PrepareRunner, type RunnerContext, resolveEntryPoint, type Unrunnable } from './runner.ts';

/** The interpreters, in order of preference, of scripts without a shebang line. */
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
 * Prepares a script of any language. The shebang line is interpreted here instead of by the system, so that a script runs
 * even if an archive lost its mode or the temporary directory is mounted with noexec.
 */
export const prepareScript: PrepareRunner = (suite, context) => {
  const script = findScript(suite.target, context);
  if (typeof script !== 'string') return script;
  const interpreter = findInterpreter(script, context);
  if (!Array.isArray(interpreter)) return interpreter;
  const [command = '', ...args] = interpreter;
  return { command, args: [...args, script], read: prepareResultReader(suite, context.pack) };
};

function findScript(target: string, { pack }: RunnerContext): string | Unrunnable {
  const entryPoint = resolveEntryPoint(target, pack);
  if ('problem' in entryPoint) return entryPoint;
  const { path, kind } = entryPoint;
  const script = kind === 'directory' ? join(path, DEFAULT_SCRIPT) : path;
  if (inspectTarget(script)?.kind === 'file') return script;
  const reason = kind === 'directory' ? `contains no '${DEFAULT_SCRIPT}'` : 'is not a file';
  return { problem: `The entry_point '${target}' ${reason}` };
}

function findInterpreter(script: string, { find }: RunnerContext): string[] | Unrunnable {
  const shebang = parseShebang(readStart(script, 256).toString('latin1'));
  const candidates = shebang ? [shebang] : (INTERPRETERS[extname(script)] ?? SHELLS).map((program) => [program]);
  for (const [program = '', ...args] of candidates) {
    // Windows has no /bin, so only the name of the program is used there.
    const found = find(program) ?? (isAbsolute(program) ? find(basename(program)) : undefined);
    if (found !== undefined) return [found, ...args];
  }
  const names = candidates.map(([program]) => `'${program}'`).join(' or ');
  return { problem: `${names}, which runs '${basename(script)}', is not on the PATH` };
}

/** Parses a shebang line: `#!/usr/bin/env bash` yields `bash`, `#!/bin/bash -e` yields `/bin/bash -e`. */
function parseShebang(start: string): string[] | undefined {
  const line = /^#!\s*(.*)/.exec(start)?.[1]?.trim();
  if (!line) return undefined;
  const parts = line.split(/\s+/);
  if (basename(parts[0] ?? '') !== 'env') return parts;
  const command = parts.slice(1).filter((part) => part !== '-S');
  return command.length > 0 ? command : undefined;
}
