import type { PublishResult } from '../../../operations/publish/request.ts';
import type { View } from '../view.ts';

/** Returns the view of a release. The diff is taken from the result itself, because a view gets each string on one line. */
export function publishView({ diff }: PublishResult): View<PublishResult> {
  return (result, style) => {
    const { ref, version, action, index, archive, tag, commit, branch } = result;
    const where = branch === undefined ? index : `${index} (${branch})`;
    const done = result.dry_run ? 'would be published in' : action === 'unchanged' ? 'is already in' : 'published in';
    const lines = [
      `${style.green('✓')} Pack '${ref}' ${version} ${action === 'unchanged' ? 'is already in' : done} ${where}`,
      ...(tag === undefined ? [] : [`  Tag: ${tag}`]),
      ...(archive === undefined
        ? []
        : [`  Archive: ${archive.path}`, `  URL: ${archive.url}`, `  Checksum: ${archive.checksum}`]),
      ...(commit === null ? [] : [`  Commit: ${commit}`]),
    ];
    const text = lines.map((line) => `${line}\n`).join('');
    return diff ? `${text}\n${printableLines(diff)}` : text;
  };
}

/** Removes control characters except line ends. */
function printableLines(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this expression matches control characters
  return text.replace(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/g, ' ');
}
