import { AttuneError } from '../../errors.ts';

/** Another process changed packs in the store after this process planned a change of them. */
export class StoreChanged extends AttuneError {
  constructor(refs: readonly string[]) {
    const names = refs.map((ref) => `'${ref}'`).join(', ');
    const them = refs.length === 1 ? 'it' : 'them';
    super(
      'STORE_CHANGED',
      `Another attune process changed ${names}, or a dependency on ${them}, while this command was running. Nothing was changed.`,
      { facts: { refs }, hint: 'Run the command again.' },
    );
  }
}
