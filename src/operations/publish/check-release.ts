import { AttuneError } from '../../errors.ts';
import { count } from '../../platform/count.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { checkPacks } from '../check/check-packs.ts';
import type { CheckReport } from '../check/report.ts';
import type { Runtime } from '../runtime.ts';

class ReleaseCheckFailed extends AttuneError {
  constructor(root: string, { errors, diagnostics }: CheckReport) {
    const lines = diagnostics
      .filter(({ severity }) => severity === 'error')
      .map(({ path, line, column, message, code }) => `  ${path}:${line}:${column}: ${message} (${code})`);
    super('INVALID_PACK', [`The pack in '${root}' has ${count(errors, 'error')}:`, ...lines].join('\n'), {
      facts: { path: root, diagnostics },
      hint: `Correct them. See all findings with: attune pack check ${quoteForShell(root)}`,
    });
  }
}

/** Checks a pack before it is published, as `pack check` does. Warnings do not stop it. @throws ReleaseCheckFailed */
export async function checkRelease(root: string, runtime: Runtime): Promise<void> {
  const { report } = await checkPacks({ paths: [root], recursive: false, rules: [], fix: 'no' }, runtime);
  if (!report.valid) throw new ReleaseCheckFailed(root, report);
  if (report.warnings === 0) return;
  const command = `attune pack check ${quoteForShell(root)}`;
  runtime.reporter.note(`The pack has ${count(report.warnings, 'warning')}. See them with: ${command}`);
}
