import type { TestCoverage } from '../../packs/test-report.ts';
import type { PlannedSuite } from '../plan.ts';
import { kindInside } from '../workspace/pack-paths.ts';
import { addHits, filesOf, type LineHits, totalOf } from './line-hits.ts';

/** Collects the executed lines of all suites of one run. */
export class CoverageCollector {
  readonly #root: string;
  readonly #hits = new Map<string, Map<number, number>>();
  readonly #unmeasured = new Map<PlannedSuite, string>();

  /** @param root the root of the pack, absolute and without links */
  constructor(root: string) {
    this.#root = root;
  }

  /** The executed lines of the pack's files so far. */
  get hits(): LineHits {
    return this.#hits;
  }

  /**
   * Adds the lines of a suite. Files that the pack does not have, such as those that a test generated, do not count.
   * @param hits by path relative to the pack, with `/`
   */
  add(hits: LineHits): void {
    const own = [...hits].filter(([path]) => !isDependency(path) && kindInside(this.#root, path) === 'file');
    addHits(this.#hits, new Map(own));
  }

  /** Records a suite that was not measured. @param reason a sentence without a full stop */
  addUnmeasured(suite: PlannedSuite, reason: string): void {
    this.#unmeasured.set(suite, `${reason}.`);
  }

  /** @param planned the suites in the order of the report */
  summarize(planned: readonly PlannedSuite[]): TestCoverage {
    const files = filesOf(this.#hits);
    const unmeasured = planned.flatMap((suite) => {
      const reason = this.#unmeasured.get(suite);
      return reason === undefined ? [] : [{ name: suite.name, runner_type: suite.type, reason }];
    });
    return { lines: totalOf(files), files, unmeasured };
  }
}

function isDependency(path: string): boolean {
  return path.split('/').includes('node_modules');
}
