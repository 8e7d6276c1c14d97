import * as Flags from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { AttuneError } from '../../errors.ts';
import { CI_SYSTEMS, type CreateRequest, KINDS, type Kind, TEMPLATES } from '../../operations/create/request.ts';

/** The flags of `pack create`. */
export const createFlags = {
  directory: Flags.string({ summary: 'Create the pack in this directory [default: ./REF]', helpValue: 'DIRECTORY' }),
  template: Flags.option({
    options: TEMPLATES,
    multiple: true,
    summary: 'Write the scripts in this language; may be repeated [default: shell]',
  })(),
  with: Flags.string({
    multiple: true,
    delimiter: ',',
    summary: `Create these components: ${KINDS.join(', ')} [default: action]`,
    helpValue: 'KIND,...',
  }),
  label: Flags.string({ summary: 'The name that people see [default: from the ref]', helpValue: 'TEXT' }),
  description: Flags.string({ summary: 'One sentence about the pack', helpValue: 'TEXT' }),
  author: Flags.string({ summary: 'The author of the pack', helpValue: 'TEXT' }),
  license: Flags.string({ summary: 'The SPDX id of the license [default: Apache-2.0]', helpValue: 'ID' }),
  ci: Flags.option({ options: CI_SYSTEMS, summary: 'Also write a pipeline for this CI system [default: none]' })(),
  interactive: Flags.boolean({ char: 'i', summary: 'Prompt for the values that were not given' }),
  force: Flags.boolean({
    char: 'f',
    summary: 'Add the missing files to an existing directory; no file is overwritten',
  }),
};

export type CreateFlags = InferredFlags<typeof createFlags> & { readonly 'dry-run': boolean };

/** @throws AttuneError USAGE for an unknown kind of component */
export function createRequest(ref: string, flags: CreateFlags): CreateRequest {
  const kinds = (flags.with ?? ['action']).map((kind) => kind.trim()).filter((kind) => kind !== '');
  const unknown = kinds.filter((kind) => !(KINDS as readonly string[]).includes(kind));
  if (unknown.length > 0 || kinds.length === 0) {
    throw new AttuneError('USAGE', `--with has an unknown kind of component: ${unknown.join(', ') || 'none at all'}.`, {
      hint: `Kinds: ${KINDS.join(', ')}.`,
    });
  }
  const label = blankToUndefined(flags.label) ?? labelOf(ref);
  return {
    ref,
    directory: flags.directory,
    label,
    description: blankToUndefined(flags.description) ?? `The ${label} pack.`,
    author: blankToUndefined(flags.author),
    license: flags.license ?? 'Apache-2.0',
    templates: TEMPLATES.filter((template) => (flags.template ?? ['shell']).includes(template)),
    kinds: kinds as readonly Kind[],
    ci: flags.ci ?? 'none',
    force: flags.force,
    dryRun: flags['dry-run'],
  };
}

function blankToUndefined(text: string | undefined): string | undefined {
  return text?.trim() ? text.trim() : undefined;
}

/** Returns the words of a ref, capitalized: `my-pack` becomes `My Pack`. */
export function labelOf(ref: string): string {
  const words = ref.split(/[-_]+/).filter((word) => word !== '');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}
