/** The schema of a `pack.yaml` as it is written (SPEC sections 2 and 8), old forms included. Fields may be empty. */
import {
  array,
  boolean,
  check,
  forward,
  type GenericSchema,
  type InferOutput,
  lazy,
  maxValue,
  minValue,
  nullish,
  number,
  picklist,
  pipe,
  rawCheck,
  regex,
  string,
  transform,
  union,
  unknown,
} from 'valibot';
import { shorten } from '../../documents/problems.ts';
import { mapping, mappingOf } from '../../documents/shape.ts';
import { isSemanticVersion, PACK_REF, REF_FORM } from '../pack-ref.ts';
import { tryParseRequirement } from '../requirement.ts';
import { RESULT_FORMATS, RUNNER_TYPES } from './types.ts';

const text = nullish(string());
const flag = nullish(boolean());
const texts = nullish(array(string()));
const anyMapping = nullish(mappingOf(unknown()));

const quoted = (input: string) => `'${shorten(input, 80)}'`;

const nonBlank = pipe(string(), regex(/\S/, 'it is empty'));

const ref = pipe(
  string(),
  regex(PACK_REF, ({ input }) => `${quoted(input)} is not a valid ref: use ${REF_FORM}`),
);

const version = pipe(
  string(),
  check(
    isSemanticVersion,
    ({ input }) => `${quoted(input)} is not a semantic version: write three numbers, such as 1.0.0`,
  ),
);

const requirement = pipe(
  string(),
  check(
    (input) => tryParseRequirement(input) !== undefined,
    ({ input }) => `${quoted(input)} is not a valid dependency: write core, core@^1.2 or core>=1,<3`,
  ),
);

/** A path that tests read or run, so it must not point outside the pack. */
const pathInPack = pipe(
  string(),
  check(
    (path) => !/^[/\\~]|^[a-z]:|\0/i.test(path) && !path.split(/[/\\]/).includes('..'),
    ({ input }) => `${quoted(input)} points outside the pack: write a path relative to its root`,
  ),
);

const seconds = nullish(
  pipe(
    number(),
    check(
      (value) => Number.isFinite(value) && value > 0,
      ({ input }) => `${input} is not a valid duration: write a number of seconds greater than 0`,
    ),
  ),
);

const resultFormat = nullish(picklist(RESULT_FORMATS));

const runner = mapping({
  type: picklist(RUNNER_TYPES),
  entry_point: nullish(pathInPack),
  command: nullish(nonBlank),
  timeout: seconds,
  result_format: resultFormat,
  result_path: nullish(pathInPack),
});

const listedTest = mapping({ name: nonBlank, runner: nullish(nonBlank), command: nullish(nonBlank), timeout: seconds });

const discovery = pipe(
  mapping({
    method: nullish(picklist(['directory', 'manifest', 'executable'])),
    path: nullish(pathInPack),
    tests: nullish(array(listedTest)),
    command: nullish(nonBlank),
  }),
  forward(
    check(({ method, tests }) => method !== 'manifest' || Boolean(tests), 'is required when the method is manifest'),
    ['tests'],
  ),
  forward(
    check(
      ({ method, command }) => method !== 'executable' || Boolean(command),
      'is required when the method is executable',
    ),
    ['command'],
  ),
);

const rateMessage = 'must be from 0 to 1';

const testing = mapping({
  enabled: flag,
  discovery: nullish(discovery),
  runners: nullish(mappingOf(runner)),
  result_format: resultFormat,
  result_path: nullish(pathInPack),
  min_pass_rate: nullish(pipe(number(), minValue(0, rateMessage), maxValue(1, rateMessage))),
  on_failure: nullish(picklist(['block', 'warn', 'ignore'])),
  network: flag,
});

/** The schema of a component, in a separate file or inside `pack.yaml`. */
export const componentSchema = mapping({ ref: text, name: text, label: text, description: text, workflow_file: text });
const components = nullish(mappingOf(nullish(componentSchema)));

const dependencyFields = {
  attune_version: text,
  python_version: text,
  nodejs_version: text,
  packs: nullish(array(requirement)),
};

const isDependencyField = (key: string) => Object.hasOwn(dependencyFields, key);
const isRequirement = (name: string, range: string) => tryParseRequirement(`${name}@${range}`) !== undefined;

/** Adds a problem for each entry of a mapping that is not valid. */
const checkEntries = <T extends Record<string, unknown>>(
  isValid: (key: string, value: unknown) => boolean,
  describe: (key: string, value: unknown) => string,
) =>
  rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    for (const [key, value] of Object.entries(dataset.value)) {
      if (isValid(key, value)) continue;
      const path = [{ type: 'object', origin: 'value', input: dataset.value, key, value }] as const;
      addIssue({ message: describe(key, value), path: [...path] });
    }
  });

const dependencyObject = pipe(
  mapping(dependencyFields),
  checkEntries(isDependencyField, () => 'unknown key: list packs under packs, or write a mapping of packs alone'),
);

/** A mapping of refs to version ranges, as other package managers write dependencies. */
const dependencyRanges = pipe(
  mappingOf(string()),
  checkEntries(
    (name, range) => isRequirement(name, String(range)),
    (name, range) => `${quoted(`${name}: ${range}`)} is not a valid dependency: write it as core: ^1.2`,
  ),
  transform((ranges) => Object.entries(ranges).map(([name, range]) => `${name}@${range}`)),
);

/** A mapping is read by its keys, so that none is ignored: a fixed set of fields, or only packs. */
const dependencies = lazy((input) => {
  if (Array.isArray(input)) return array(requirement);
  return Object.keys(Object(input)).some(isDependencyField) ? dependencyObject : dependencyRanges;
});

export const manifestSchema = mapping({
  ref,
  version,
  label: text,
  name: text,
  description: text,
  author: text,
  email: text,
  license: text,
  homepage: text,
  repository: text,
  use_case: text,
  keywords: texts,
  tags: texts,
  system: flag,
  enabled: flag,
  conf_schema: anyMapping,
  config: anyMapping,
  meta: nullish(
    mapping({
      license: text,
      keywords: texts,
      documentation_url: text,
      repository_url: text,
      use_case: text,
      category: text,
    }),
  ),
  /** `[{python: ">=3.8"}]` is the older form. */
  runtime_deps: nullish(array(union([nonBlank, mappingOf(text)]))),
  /** The older form of `python3>=` and `nodejs>=` in `runtime_deps`. */
  python: text,
  nodejs: text,
  dependencies: nullish(dependencies),
  testing: nullish(testing),
  actions: components,
  sensors: components,
  triggers: components,
  rules: components,
  workflows: components,
}) satisfies GenericSchema;

export type ManifestDocument = InferOutput<typeof manifestSchema>;
export type TestingDocument = InferOutput<typeof testing>;
