import { join, relative, sep } from 'node:path';
import { checkPack } from '../../checking/check-pack.ts';
import type { Diagnostic } from '../../checking/diagnostic.ts';
import { readSettings } from '../../checking/settings.ts';
import { FAMILIES, RULES } from '../../checking/table.ts';
import { readPackModel } from '../../packs/components/pack-model.ts';
import { directoryWith } from '../../platform/files/inspect.ts';
import type { Runtime } from '../runtime.ts';
import { findPacks } from './find-packs.ts';
import { GRAMMAR } from './grammar.ts';
import { type CheckedPack, type CheckReport, checkReport } from './report.ts';
import { parseRuleLevels } from './rule-levels.ts';

export interface CheckRequest {
  readonly paths: readonly string[];
  /** Each path is a directory of packs. */
  readonly recursive: boolean;
  /** `CODE=LEVEL`. */
  readonly rules: readonly string[];
}

/** A report with what its formats need besides. */
export interface CheckOutcome {
  readonly report: CheckReport;
  /** The path of each diagnostic relative to the git root, else to the working directory, with `/`. */
  readonly paths: readonly string[];
}

/**
 * Checks packs: manifest, components, references, scripts, dependencies, tests, packaging and documentation.
 * @throws the errors of `findPacks`, `parseRuleLevels` and `readSettings`
 */
export async function checkPacks(request: CheckRequest, runtime: Runtime): Promise<CheckOutcome> {
  const levels = parseRuleLevels(request.rules);
  const { limits } = await runtime.config();
  const packs: CheckedPack[] = [];
  const diagnostics: Diagnostic[] = [];
  const paths: string[] = [];
  for (const path of findPacks(request.paths, request.recursive, runtime)) {
    runtime.reporter.step(`Checking ${path}`);
    const model = readPackModel(path, limits);
    const settings = readSettings(model, levels, Object.keys(RULES), limits);
    packs.push({ path, ref: model.ref, version: model.version });
    const found = checkPack(model, FAMILIES, settings, GRAMMAR);
    diagnostics.push(...found);
    const base = directoryWith(path, '.git') ?? runtime.environment.workingDirectory;
    paths.push(...found.map((diagnostic) => relative(base, join(path, diagnostic.path)).replaceAll(sep, '/')));
  }
  return { report: checkReport(packs, diagnostics, 0), paths };
}
