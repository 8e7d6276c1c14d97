import { AttuneError } from '../../errors.ts';
import { CI_SYSTEMS, KINDS, TEMPLATES } from '../../operations/create/request.ts';
import { promptOutput, systemTerminal } from '../../platform/terminal/terminal.ts';
import { type CreateFlags, labelOf } from './create-flags.ts';

/**
 * Prompts for the values that the command line does not give.
 * @throws AttuneError USAGE without a terminal, INTERRUPTED when the user cancels
 */
export async function promptForDesign(ref: string, flags: CreateFlags): Promise<CreateFlags> {
  if (!systemTerminal().canPrompt) {
    throw new AttuneError('USAGE', '--interactive requires a terminal, and there is none.', {
      hint: 'Omit --interactive, and pass the values as flags.',
    });
  }
  const { input, checkbox, select } = await import('@inquirer/prompts');
  const context = { output: promptOutput };
  const choices = <T extends string>(values: readonly T[], chosen: T) =>
    values.map((value) => ({ value, checked: value === chosen }));
  try {
    const label = flags.label ?? (await input({ message: 'Label', default: labelOf(ref) }, context));
    const text = { message: 'Description', default: `The ${label} pack.` };
    return {
      ...flags,
      label,
      description: flags.description ?? (await input(text, context)),
      author: flags.author ?? (await input({ message: 'Author' }, context)),
      license: flags.license ?? (await input({ message: 'License (SPDX id)', default: 'Apache-2.0' }, context)),
      template:
        flags.template ??
        (await checkbox({ message: 'Languages', choices: choices(TEMPLATES, 'shell'), required: true }, context)),
      with:
        flags.with ??
        (await checkbox({ message: 'Components', choices: choices(KINDS, 'action'), required: true }, context)),
      ci:
        flags.ci ??
        (await select({ message: 'CI pipeline', choices: [...CI_SYSTEMS], default: 'none' as const }, context)),
    };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error;
    throw new AttuneError('INTERRUPTED', 'Canceled. Nothing was changed.', {
      hint: 'Answer the questions, or omit -i.',
    });
  }
}
