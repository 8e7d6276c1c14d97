import { availableParallelism } from 'node:os';

/** How many things this process may do at the same time. */
export function processors(): number {
  return availableParallelism();
}

/** The Node that runs this, and what it was made for: `24.21.0`, `linux-x64`. */
export function nodeFacts(): { readonly version: string; readonly system: string } {
  return { version: process.versions.node, system: `${process.platform}-${process.arch}` };
}
