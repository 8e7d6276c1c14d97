import type { CreateResult } from '../../../operations/create/request.ts';
import { quoteForShell } from '../../../platform/shell-quote.ts';
import type { Style } from '../../text/style.ts';

export function createView({ dry_run, ref, version, directory, files }: CreateResult, style: Style): string {
  const done = dry_run ? 'would be created in' : 'created in';
  return [
    `${style.green('✓')} Pack '${ref}' ${version} ${done} ${directory}`,
    ...files.map((file) => `  ${file}`),
    ...(dry_run
      ? []
      : [`Test it with: attune pack test ${quoteForShell(directory.includes('/') ? directory : `./${directory}`)}`]),
  ]
    .map((line) => `${line}\n`)
    .join('');
}
