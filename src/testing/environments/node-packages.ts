import { readFile } from '../../platform/files/read.ts';
import { kindInside, resolveInside } from '../workspace/pack-paths.ts';
import { invalidRequirements } from './environment-error.ts';

const MANIFEST = 'package.json';
/** npm uses the second file if both exist. */
const LOCKS = ['package-lock.json', 'npm-shrinkwrap.json'];
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/** The input of npm. Paths are relative to the pack, with `/`. */
export interface NodePackages {
  readonly lock: string;
  /** `package.json`, the lock, and the packages that the pack contains as archives. */
  readonly files: readonly string[];
}

/**
 * Reads the npm dependencies of a pack; `undefined` if it has none, or if it contains its own `node_modules`.
 * @param root the root of the pack, absolute
 * @throws EnvironmentError if there is no lock, or if the lock refers to packages that cannot be moved out of the pack
 */
export function readNodePackages(root: string): NodePackages | undefined {
  if (kindInside(root, MANIFEST) !== 'file' || kindInside(root, 'node_modules') === 'directory') return undefined;
  const manifest = readObject(root, MANIFEST);
  if (!DEPENDENCY_FIELDS.some((field) => Object.keys(toObject(manifest[field])).length > 0)) return undefined;
  const lock = LOCKS.findLast((path) => kindInside(root, path) === 'file');
  if (lock === undefined) {
    throw invalidRequirements(
      [`${MANIFEST} has dependencies, but there is no ${LOCKS[0]} with their versions`],
      `Run npm install --package-lock-only in the pack, and add the ${LOCKS[0]} to the pack.`,
    );
  }
  return { lock, files: [MANIFEST, lock, ...archivesIn(root, lock)] };
}

function archivesIn(root: string, lock: string): string[] {
  const packages = readObject(root, lock)['packages'];
  if (packages === undefined) {
    throw invalidRequirements([`${lock} has a format of npm before version 7`], RECREATE_LOCK);
  }
  const problems: string[] = [];
  const archives = Object.entries(toObject(packages)).flatMap(([location, entry]) => {
    const { link, resolved } = toObject(entry);
    if (link === true || (location !== '' && !location.startsWith('node_modules/'))) {
      problems.push(`${lock}: '${location}' is a directory of the pack, but an environment cannot refer to it`);
    }
    const [, path] = typeof resolved === 'string' ? (/^file:(.+)$/.exec(resolved) ?? []) : [];
    if (path === undefined || link === true) return [];
    if (kindInside(root, path) === 'file') return [path];
    problems.push(`${lock}: '${location}' comes from '${path}', which is not a file of the pack`);
    return [];
  });
  if (problems.length > 0)
    throw invalidRequirements(problems, 'Use packages from a registry, or archives (npm pack) in the pack.');
  return [...new Set(archives)].sort();
}

const RECREATE_LOCK = 'Recreate the lock with npm install --package-lock-only.';

function readObject(root: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return toObject(JSON.parse(readFile(resolveInside(root, path) as string).toString('utf8')));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw invalidRequirements([`${path} is not valid JSON: ${error.message}`], `Correct ${path}.`);
  }
}

function toObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
