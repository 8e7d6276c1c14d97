/** Formats users, paths and commands for the findings of doctor. */
import { quoteForShell } from '../../platform/shell-quote.ts';

/** More items hide the other findings. */
const MAX_ITEMS = 20;

/** Returns `root` or `user 1000`: names require a directory service that may not answer. */
export function formatUser(id: number): string {
  return id === 0 ? 'root' : `user ${id}`;
}

/** Returns users for the middle of a sentence: `root`, `root or user 1000`. */
export function formatUsers(ids: Iterable<number>): string {
  const users = [...new Set(ids)].sort((one, other) => one - other).map(formatUser);
  return users.join(' or ');
}

/** Returns the first items, and the number of the others. */
export function listItems(items: readonly string[]): string[] {
  if (items.length <= MAX_ITEMS) return [...items];
  return [...items.slice(0, MAX_ITEMS), `and ${items.length - MAX_ITEMS} more`];
}

/** Returns a command for a POSIX shell. */
export function formatCommand(command: string, paths: readonly string[]): string {
  return [command, ...paths.map(quoteForShell)].join(' ');
}
