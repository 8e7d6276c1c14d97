import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { supportsFileModes } from '../../../platform/files/write.ts';
import type { Correction, Severity } from '../../rule.ts';
import { runtimeOf } from '../../runtimes.ts';
import { field, replace, textOf } from '../../values.ts';

interface EntryPointReport {
  path(message: string, fix?: Correction): void;
  missing(message: string, severity?: Severity): void;
  /** The file is native but cannot be started. */
  mode(message: string): void;
}

/** Checks the entry point of an action or sensor. @param directory in which the platform looks for the file */
export function checkEntryPoint(
  { listing, text }: PackModel,
  file: ComponentFile,
  node: YamlNode,
  directory: 'actions' | 'sensors',
  report: EntryPointReport,
): void {
  const entry = textOf(node) ?? '';
  const native = runtimeOf(textOf(field(file.root, 'runner_type')) ?? defaultRunner(directory)) === 'native';
  if (entry.startsWith(`${directory}/`) && !listing.files.has(`${directory}/${entry}`)) {
    const inner = entry.slice(directory.length + 1);
    const fix = { description: `Remove the prefix ${directory}/.`, edits: [replace(file, node, inner)] };
    report.path(`entry points are relative to ${directory}/`, listing.files.has(entry) ? fix : undefined);
    return;
  }
  if (/^[/\\~]|^[a-z]:/i.test(entry) || entry.split(/[/\\]/).includes('..')) {
    report.path(`'${entry}' is not below ${directory}/`);
    return;
  }
  const path = `${directory}/${entry.replace(/^\.\//, '')}`;
  const found = listing.files.get(path);
  if (!found) {
    const severity = native ? 'info' : undefined;
    report.missing(`there is no ${path}${sameButCase(listing.files.keys(), path)}`, severity);
    return;
  }
  if (!native) return;
  if (supportsFileModes && !found.executable) {
    report.mode(`${path} is not executable`);
    return;
  }
  const content = text(path)?.text;
  if (content !== undefined && !content.startsWith('#!')) report.mode(`${path} is a script without a shebang`);
}

function defaultRunner(directory: 'actions' | 'sensors'): string {
  return directory === 'actions' ? 'shell' : 'native';
}

function sameButCase(paths: Iterable<string>, path: string): string {
  const similar = [...paths].find((other) => other.toLowerCase() === path.toLowerCase());
  return similar ? `, but there is ${similar}` : '';
}
