import { AttuneError } from '../errors.ts';
import { type InterruptSignal, signalStatus } from '../platform/terminal/terminal.ts';

/** A signal ended the command. */
export class Interrupted extends AttuneError {
  readonly exitStatus: number;

  constructor(signal: InterruptSignal) {
    super('INTERRUPTED', 'Interrupted.', {
      facts: { signal },
      hint: 'Nothing was changed. Run the command again.',
    });
    this.exitStatus = signalStatus(signal);
  }
}

/** The user declined the confirmation prompt. */
export class Cancelled extends AttuneError {
  constructor() {
    super('INTERRUPTED', 'Cancelled.');
  }
}
