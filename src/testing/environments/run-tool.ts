import { join } from 'node:path';
import { makeDirectory } from '../../platform/files/entries.ts';
import { buildVariables } from './build-variables.ts';
import { buildError } from './environment-error.ts';
import type { BuildTools } from './recipe.ts';

/** Longer than any build that somebody waits for: compiling a scientific library from its source may take this long. */
const TIMEOUT_MS = 30 * 60_000;
const OUTPUT_BYTES = 256 * 1024;

interface ToolRequest {
  /** What messages call it. */
  readonly tool: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly files: readonly string[];
  readonly scratch: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly offlineHint: string;
}

/**
 * Runs one program that builds an environment. Unless `cwd` says otherwise it works in an empty directory, where no file
 * of the pack can pass for a module of Python's.
 * @throws EnvironmentError with its last lines
 */
export async function runTool(request: ToolRequest, { processes, variables }: BuildTools): Promise<void> {
  const { tool, command, args, files, scratch, offlineHint } = request;
  const temporary = join(scratch, 'tmp');
  makeDirectory(temporary);
  const result = await processes.run({
    command,
    args,
    cwd: request.cwd ?? temporary,
    env: { ...buildVariables(variables, temporary), ...request.variables },
    timeoutMs: TIMEOUT_MS,
    maxOutputBytes: OUTPUT_BYTES,
    markVariable: 'ATTUNE_BUILD_RUN',
  });
  if (result.exitCode === 0) return;
  throw buildError({ tool, files, result, offline: processes.offline, offlineHint });
}
