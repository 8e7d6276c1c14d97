// Runs the command lines that the parent process sends, one after the other. See warm-program.ts.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { PROJECT } from '../attune.ts';
import { type CommandLine, END_OF_OUTPUT } from './warm-program.ts';

const file = process.argv[2] as string;
const { main } = (
  file.endsWith('.cjs') ? createRequire(import.meta.url)(file) : await import(pathToFileURL(file).href)
) as { main(args: readonly string[], root: string): Promise<void> };
process.stdout.setMaxListeners(0);
process.stderr.setMaxListeners(0);

process.on('message', async ({ args, cwd, env }: CommandLine) => {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exitCode = 0;
  await main(args, PROJECT);
  for (const stream of [1, 2]) writeSync(stream, END_OF_OUTPUT);
  process.send?.(Number(process.exitCode ?? 0));
});
