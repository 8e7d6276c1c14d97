import { join, relative, sep } from 'node:path';
import { checkPack } from '../../checking/check-pack.ts';
import type { Diagnostic } from '../../checking/diagnostic.ts';
import { readSettings } from '../../checking/settings.ts';
import { FAMILIES, RULES } from '../../checking/table.ts';
import { type PackModel, readPackModel } from '../../packs/components/pack-model.ts';
import { directoryWith } from '../../platform/files/inspect.ts';
import type { Runtime } from '../runtime.ts';
import { checkedPacks } from './checked-packs.ts';
import { type FixedPack, type FixTools, fixPack } from './fix-pack.ts';
import { GRAMMAR } from './grammar.ts';
import { type CheckedPack, type CheckReport, checkReport } from './report.ts';
import { parseRuleLevels } from './rule-levels.ts';

export interface CheckRequest {
  readonly paths: readonly string[];
  /** Each path is a directory of packs. */
  readonly recursive: boolean;
  /** `CODE=LEVEL`. */
  readonly rules: readonly string[];
  /** Correct what can be corrected mechanically, or only show the corrections. */
  readonly fix: 'no' | 'dry-run' | 'write';
}

/** A report with what its formats need besides. */
export interface CheckOutcome {
  readonly report: CheckReport;
  /** The path of each diagnostic relative to the git root, else to the working directory, with `/`. */
  readonly paths: readonly string[];
}

/**
 * Checks packs: manifest, components, references, scripts, dependencies, tests, packaging and documentation.
 * @throws the errors of `checkedPacks`, `parseRuleLevels` and `readSettings`
 */
export async function checkPacks(request: CheckRequest, runtime: Runtime): Promise<CheckOutcome> {
  const levels = parseRuleLevels(request.rules);
  const { limits } = await runtime.config();
  const packs: CheckedPack[] = [];
  const diagnostics: Diagnostic[] = [];
  const paths: string[] = [];
  let fixed = 0;
  let diff = '';
  for (const path of checkedPacks(request.paths, request.recursive, runtime)) {
    runtime.reporter.step(`Checking ${path}`);
    const tools = {
      read: (changed: ReadonlyMap<string, Buffer>) => readPackModel(path, limits, changed),
      check: (read: PackModel) =>
        checkPack(read, FAMILIES, readSettings(read, levels, Object.keys(RULES), limits), GRAMMAR),
    };
    const checked = request.fix === 'no' ? checkOnly(tools) : fixPack(tools, request.fix === 'dry-run');
    const { model, diagnostics: found } = checked;
    packs.push({ path, ref: model.ref, version: model.version });
    fixed += checked.fixed;
    diff += checked.diff;
    diagnostics.push(...found);
    const base = directoryWith(path, '.git') ?? runtime.environment.workingDirectory;
    paths.push(...found.map((diagnostic) => relative(base, join(path, diagnostic.path)).replaceAll(sep, '/')));
  }
  const report = checkReport(packs, diagnostics, fixed);
  return { report: request.fix === 'dry-run' ? { ...report, diff } : report, paths };
}

function checkOnly({ read, check }: FixTools): FixedPack {
  const model = read(new Map());
  return { model, diagnostics: check(model), fixed: 0, diff: '' };
}
