/** The name of a manifest's file. */
export const MANIFEST = 'pack.yaml';

/** A valid `pack.yaml` (SPEC section 2), with old field names and forms normalized. */
export interface Manifest {
  readonly ref: string;
  /** A semantic version, as it was written. */
  readonly version: string;
  /** `label`, else `name`, else the ref. */
  readonly label: string;
  readonly description: string | undefined;
  readonly author: string | undefined;
  readonly email: string | undefined;
  readonly license: string | undefined;
  readonly homepage: string | undefined;
  readonly repository: string | undefined;
  readonly useCase: string | undefined;
  readonly keywords: readonly string[] | undefined;
  readonly tags: readonly string[] | undefined;
  readonly system: boolean;
  readonly enabled: boolean;
  readonly meta: Readonly<Record<string, unknown>>;
  /** Runtime names with optional constraints: `python3>=3.9`, `nodejs^20`, `shell`. */
  readonly runtimeDeps: readonly string[];
  readonly dependencies: ManifestDependencies;
  readonly testing: TestingSection | undefined;
  /** The components defined inside `pack.yaml`, by kind; empty when it defines none. */
  readonly inlineComponents: Readonly<Record<ComponentKind, Readonly<Record<string, unknown>>>>;
  /** The whole document, unknown fields included. */
  readonly document: Readonly<Record<string, unknown>>;
}

export interface ManifestDependencies {
  readonly attuneVersion: string | undefined;
  readonly pythonVersion: string | undefined;
  readonly nodejsVersion: string | undefined;
  /** Pack refs with optional ranges: `core`, `core@^1.2`, `core>=1,<3`. */
  readonly packs: readonly string[];
}

export const COMPONENT_KINDS = ['actions', 'sensors', 'triggers', 'rules', 'workflows'] as const;
export type ComponentKind = (typeof COMPONENT_KINDS)[number];

export interface Component {
  readonly kind: ComponentKind;
  /** Without the pack's ref. */
  readonly name: string;
  readonly description: string;
  /** The file in the pack that defines the component; `pack.yaml` for inline components. */
  readonly path: string;
}

export const RUNNER_TYPES = ['script', 'unittest', 'pytest', 'node', 'jest', 'mocha', 'command'] as const;
export type RunnerType = (typeof RUNNER_TYPES)[number];
export const RESULT_FORMATS = ['simple', 'tap', 'junit-xml', 'json'] as const;
export type ResultFormat = (typeof RESULT_FORMATS)[number];

/** The `testing` section (SPEC section 8). */
export interface TestingSection {
  readonly enabled: boolean;
  readonly discovery: TestDiscovery;
  /** In the order of the file. */
  readonly runners: readonly TestRunner[];
  readonly resultFormat: ResultFormat | undefined;
  /** A directory or file in the pack, relative to its root. */
  readonly resultPath: string | undefined;
  /** From 0 to 1. */
  readonly minPassRate: number;
  readonly onFailure: 'block' | 'warn' | 'ignore';
  /** True if the tests need the network. */
  readonly network: boolean;
}

export type TestDiscovery =
  | { readonly method: 'directory'; readonly path: string }
  | { readonly method: 'manifest'; readonly tests: readonly ManifestTest[] }
  | { readonly method: 'executable'; readonly command: string };

export interface ManifestTest {
  readonly name: string;
  /** The name of one of the runners, or a runner type. */
  readonly runner: string | undefined;
  readonly command: string | undefined;
  readonly timeoutSeconds: number | undefined;
}

export interface TestRunner {
  readonly name: string;
  readonly type: RunnerType;
  /** A file or directory in the pack. */
  readonly entryPoint: string | undefined;
  readonly command: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly resultFormat: ResultFormat | undefined;
  readonly resultPath: string | undefined;
}

/** The requirements of a version on this machine and on other packs, in a manifest or an index. */
export type DeclaredRequirements = Pick<Manifest, 'ref' | 'runtimeDeps' | 'dependencies'>;
