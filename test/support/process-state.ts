import { existsSync, readFileSync } from 'node:fs';
import { waitFor } from './wait-for.ts';

/** Returns whether a process is running. A zombie counts as ended. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Waits until a process has written its ID and a line feed to a file (`echo $$ > file`). */
export async function pidIn(file: string): Promise<number> {
  const content = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  await waitFor(
    () => content().endsWith('\n'),
    () => `${file} has no process ID`,
  );
  return Number(content());
}

/** Waits until the process whose ID is in a file has ended. */
export async function untilEnded(file: string): Promise<void> {
  const pid = await pidIn(file);
  await waitFor(
    () => !isRunning(pid),
    () => `process ${pid} of ${file} is still running`,
  );
}
