import type { Processes } from './types.ts';

/** Returns processes that end every program when a signal is aborted. */
export function abortable(processes: Processes, signal: AbortSignal): Processes {
  return {
    offline: processes.offline,
    canPrompt: processes.canPrompt,
    find: (program, path) => processes.find(program, path),
    connect: (request) => processes.connect({ ...request, signal }),
    run: (request) => processes.run({ ...request, signal }),
  };
}
