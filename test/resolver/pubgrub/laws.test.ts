import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import SemVer from 'semver/classes/semver.js';
import { Catalog } from '../../../src/resolver/pubgrub/catalog.ts';
import type { Incompatibility } from '../../../src/resolver/pubgrub/model/incompatibility.ts';
import type { Candidate } from '../../../src/resolver/pubgrub/model/problem.ts';
import { implies, negativeTerm, positiveTerm, type Term } from '../../../src/resolver/pubgrub/model/term.ts';
import { VersionSet } from '../../../src/resolver/pubgrub/model/version-set.ts';
import { solve } from '../../../src/resolver/pubgrub/solve.ts';
import { solutions } from '../../support/resolver/brute-force.ts';
import {
  type Case,
  candidatesOf,
  problemOf,
  solveCase,
  TODAY,
  type Universe,
} from '../../support/resolver/universe.ts';

const REFS = ['a', 'b', 'c', 'd', 'e'];
const RANGES = ['', '@^1', '@<2', '@>=1.5', '@1.0.0', '@!=1.5.0', '@^2.0.0-rc.1', '@>=2.0.0-rc.1 || 1.0.0', '@>2,<1'];
const VERSIONS = ['1.0.0', '1.5.0', '2.0.0-rc.1', '2.0.0', '1.5.0!', "2.0.0'"];

const dependency = fc
  .tuple(fc.constantFrom(...REFS, 'missing'), fc.constantFrom(...RANGES))
  .map(([ref, range]) => ref + range)
  // Most dependencies on a missing pack are excluded, because they would prevent nearly every solution.
  .filter((text) => !text.startsWith('missing') || text === 'missing');
const dependencies = fc.uniqueArray(dependency, { maxLength: 2 });
const pack = fc.dictionary(fc.constantFrom(...VERSIONS), dependencies, { minKeys: 1, maxKeys: 4 }).map(uniqueVersions);
const universe: fc.Arbitrary<Universe> = fc
  .tuple(...REFS.map(() => fc.option(pack, { nil: undefined, freq: 12 })))
  .map((packs) => Object.fromEntries(packs.flatMap((one, i) => (one ? [[REFS[i]!, one]] : []))));
const held = fc.dictionary(
  fc.constantFrom(...REFS),
  fc.constantFrom(
    '1.0.0',
    '1.5.0 required',
    '2.0.0-rc.1',
    '1.5.0 locked',
    '2.0.0 locked required',
    '1.7.0-dev required',
  ),
  { maxKeys: 2 },
);
const roots = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...REFS), fc.constantFrom(...RANGES.filter((text) => !/[,!]/.test(text)))), {
    minLength: 1,
    maxLength: 3,
    selector: ([ref]) => ref,
  })
  .map((all) => all.map(([ref, range]) => ref + range));
const policy = fc.record(
  { notAfter: fc.constant(new Date(TODAY.getTime() - 7 * 86_400_000)), excluded: fc.constant(new Map([['e', 'old']])) },
  { requiredKeys: [] },
);
const cases: fc.Arbitrary<Case & { universe: Universe }> = fc.record({ universe, roots, held, policy });

/** Removes duplicate versions: `1.5.0` and `1.5.0!` are the same version. */
function uniqueVersions(versions: Record<string, string[]>): Record<string, string[]> {
  const seen = new Set<string>();
  return Object.fromEntries(
    Object.entries(versions).filter(([name]) => {
      const version = name.replace(/[!']$/, '');
      return !seen.has(version) && seen.add(version);
    }),
  );
}

const asText = (assignment: Iterable<readonly [string, string]>) =>
  [...assignment]
    .map(([ref, version]) => `${ref} ${version}`)
    .sort()
    .join(', ');

/** Returns the same case with everything in reverse order. */
function reversed({ universe, roots, held = {}, ...rest }: Case & { universe: Universe }): Case {
  const backwards = <T>(record: Readonly<Record<string, T>>) => Object.entries(record).toReversed();
  return {
    ...rest,
    roots: roots.toReversed(),
    held: Object.fromEntries(backwards(held)),
    universe: Object.fromEntries(
      backwards(universe).map(([ref, versions]) => [
        ref,
        Object.fromEntries(backwards(versions).map(([version, texts]) => [version, texts.toReversed()])),
      ]),
    ),
  };
}

/** Returns all incompatibilities of a derivation. */
function derivation(failure: Incompatibility): Incompatibility[] {
  const all = new Set([failure]);
  for (const { cause } of all) if (cause.kind === 'derived') all.add(cause.conflict).add(cause.other);
  return [...all];
}

function failureOf(one: Case & { universe: Universe }): Incompatibility | undefined {
  const problem = problemOf(one);
  const steps = solve<Candidate>(problem, new Catalog<Candidate>(problem));
  let step = steps.next();
  while (!step.done) step = steps.next(candidatesOf(one.universe, step.value));
  return 'cause' in step.value ? step.value : undefined;
}

describe('solver: properties', () => {
  const numRuns = 200;

  test('solver: finds a valid solution if and only if brute force finds one', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { outcome } = solveCase(one);
        const all = solutions(one.universe, problemOf(one)).map(asText);
        assert.equal(outcome.solved, all.length > 0);
        if (!outcome.solved) return;
        const found = asText(outcome.packs.map(({ ref, version }) => [ref, version]));
        assert.ok(all.includes(found), found);
      }),
      { numRuns },
    );
  });

  test('solver: the outcome and its explanation do not depend on the order of the input', () => {
    fc.assert(
      fc.property(cases, (one) => {
        // A cycle is reported from the first root, so only its existence is compared.
        const summary = ({ outcome, lookups }: ReturnType<typeof solveCase>) => ({
          lookups,
          hasCycles: outcome.cycles.length > 0,
          outcome: outcome.solved
            ? outcome.packs.map((pack) => [pack.ref, pack.version, pack.dependencies])
            : outcome.conflicts,
        });
        assert.deepEqual(summary(solveCase(reversed(one))), summary(solveCase(one)));
      }),
      { numRuns },
    );
  });

  test('solver: an unrelated pack does not change the outcome and is not looked up', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const universe = { ...one.universe, unrelated: { '1.0.0': ['a@^9', 'b@^9'] } };
        assert.deepEqual(solveCase({ ...one, universe }), solveCase(one));
      }),
      { numRuns },
    );
  });

  test('solver: no pack is looked up twice', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { lookups } = solveCase(one);
        assert.equal(new Set(lookups).size, lookups.length);
      }),
      { numRuns },
    );
  });

  test('solver: every derived incompatibility follows from its two premises', () => {
    const versions = ['0.9.0', '1.0.0', '1.5.0', '1.7.0-dev', '2.0.0-rc.1', '2.0.0', '2.1.0', undefined];
    /** Checks whether a term is true for a version of a pack, or for a pack that is not selected. */
    const holds = (term: Term, version: string | undefined) =>
      implies(version === undefined ? negativeTerm(term.ref, VersionSet.ANY) : exactly(term.ref, version), term);
    fc.assert(
      fc.property(cases, fc.array(fc.constantFrom(...versions), { minLength: 60, maxLength: 60 }), (one, picks) => {
        const failure = failureOf(one);
        for (const { terms, cause } of failure ? derivation(failure) : []) {
          if (cause.kind !== 'derived') continue;
          for (let run = 0; run < 50; run++) {
            const selected = new Map(
              [...REFS, 'missing'].map((ref, i) => [ref, picks[(run * 7 + i * (run + 1)) % picks.length]]),
            );
            const isTrue = (all: readonly Term[]) => all.every((term) => holds(term, selected.get(term.ref)));
            if (isTrue(terms)) assert.ok(isTrue(cause.conflict.terms) || isTrue(cause.other.terms));
          }
        }
      }),
      { numRuns },
    );
  });

  test('explain: no line concludes what one of its premises says', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { outcome } = solveCase(one);
        for (const { lines } of outcome.solved ? [] : outcome.conflicts) {
          for (const line of lines) {
            const [, reasons = '', conclusion = ''] =
              /^(?:\(\d+\) )?(?:So, b|And b|B)ecause (.*), (.*)\.$/.exec(line) ?? [];
            assert.ok(conclusion === '' || !reasons.split(' and ').includes(conclusion), line);
          }
        }
      }),
      { numRuns },
    );
  });

  test('explain: lines are complete sentences that refer only to earlier numbers', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const { outcome } = solveCase(one);
        for (const { lines, facts } of outcome.solved ? [] : outcome.conflicts) {
          assert.match(lines.at(-1)!, /^(So, because .*|Because .*|Thus), there is no solution\.$/);
          assert.ok(facts.length > 0);
          const numbers = new Set<string>();
          for (const line of lines) {
            assert.match(line, /^(\(\d+\) )?(Because .*|And because .*|So, because .*|Thus), .*\.$/);
            const [, own, text] = /^(\(\d+\))? ?(.*)$/.exec(line)!;
            for (const [number] of text!.matchAll(/\(\d+\)/g)) assert.ok(numbers.has(number), lines.join('\n'));
            if (own) numbers.add(own);
          }
        }
      }),
      { numRuns },
    );
  });
});

function exactly(ref: string, version: string): Term {
  return positiveTerm(ref, VersionSet.exactly(new SemVer(version)));
}
