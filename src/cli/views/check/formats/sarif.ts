/** SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html). */
import type { Diagnostic } from '../../../../checking/diagnostic.ts';
import type { RuleInfo } from '../../../../checking/rule.ts';
import { RULES } from '../../../../checking/table.ts';
import type { CheckOutcome } from '../../../../operations/check/check-packs.ts';
import { printableJson } from '../../../text/sanitize.ts';

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;
const CODES = Object.keys(RULES);
const ROOT = '%SRCROOT%';

/** @param version that of attune */
export function sarif({ report, paths }: CheckOutcome, version: string): string {
  const run = {
    tool: { driver: { name: 'attune', semanticVersion: version, rules: Object.entries(RULES).map(ruleOf) } },
    columnKind: 'utf16CodeUnits',
    results: report.diagnostics.map((diagnostic, index) => resultOf(diagnostic, paths[index] ?? diagnostic.path)),
  };
  const document = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${printableJson(document)}\n`;
}

function ruleOf([id, { severity, finds, reason, example }]: [string, RuleInfo]) {
  return {
    id,
    shortDescription: { text: finds },
    fullDescription: { text: `${finds} ${reason}` },
    help: { text: `${reason}\n\nExample:\n${example}` },
    defaultConfiguration: { level: LEVELS[severity] },
  };
}

function resultOf(diagnostic: Diagnostic, path: string) {
  const { code, severity, message, line, column, end_line, end_column, fix } = diagnostic;
  const region = {
    startLine: line,
    startColumn: column,
    ...(end_line && { endLine: end_line, endColumn: end_column }),
  };
  return {
    ruleId: code,
    ...(CODES.includes(code) && { ruleIndex: CODES.indexOf(code) }),
    level: LEVELS[severity],
    message: { text: message },
    locations: [{ physicalLocation: { artifactLocation: artifact(path), region } }],
    ...(fix && fix.edits.length > 0 && { fixes: [fixOf(diagnostic, path)] }),
  };
}

function artifact(path: string) {
  return { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: ROOT };
}

function fixOf({ path, fix }: Diagnostic, located: string) {
  const prefix = located.slice(0, located.length - path.length);
  const files = Map.groupBy(fix?.edits ?? [], (edit) => edit.path);
  return {
    description: { text: fix?.description ?? '' },
    artifactChanges: [...files].map(([file, edits]) => ({
      artifactLocation: artifact(`${prefix}${file}`),
      replacements: edits.map(({ start, end, text }) => ({
        deletedRegion: { byteOffset: start, byteLength: end - start },
        ...(text !== '' && { insertedContent: { text } }),
      })),
    })),
  };
}
