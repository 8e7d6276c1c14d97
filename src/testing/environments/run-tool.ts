import { join } from 'node:path';
import { makeDirectory } from '../../platform/files/entries.ts';
import { buildVariables } from './build-variables.ts';
import { buildError } from './environment-error.ts';
import type { BuildTools } from './recipe.ts';

/** Long enough to compile a large library from source. */
const TIMEOUT_MS = 30 * 60_000;
const MAX_OUTPUT_BYTES = 256 * 1024;

interface ToolRequest {
  /** The name of the tool in messages. */
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
 * Runs a program that builds an environment. Without `cwd` it runs in an empty directory, so that Python cannot import
 * files of the pack as modules.
 * @throws EnvironmentError with the last lines of the output
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
    maxOutputBytes: MAX_OUTPUT_BYTES,
    markVariable: 'ATTUNE_BUILD_RUN',
  });
  if (result.exitCode === 0) return;
  throw buildError({ tool, files, result, offline: processes.offline, offlineHint });
}
