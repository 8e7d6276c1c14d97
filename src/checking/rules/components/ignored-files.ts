import { family, type Report, warning } from '../../rule.ts';

type Code = 'component-file-ignored';

export const ignoredFileRules = family<Code>({
  title: 'Component files',
  rules: {
    'component-file-ignored': warning(
      'A file looks like a component but is not where the platform reads components.',
      'actions/sub/hello.yaml, actions/hello.YAML, action/hello.yaml, policies/limit.yaml',
      'The component does not exist.',
    ),
  },
  check({ listing }, report) {
    for (const path of listing.files.keys()) checkPath(path, report);
  },
});

const KINDS = 'actions|sensors|triggers|rules|workflows|queues|permission_sets|runtimes';
const NESTED = new RegExp(`^(?:${KINDS})/.+/[^/]+\\.ya?ml$`, 's');
const UPPER_CASE = new RegExp(`^(?:${KINDS})/[^/]+\\.ya?ml$`, 'is');
const MISNAMED =
  /^(action|sensor|trigger|rule|workflow|queue|permission_set|permission-sets?|permissions|runtime)\/[^/]+\.ya?ml$/is;
const UNREAD = /^(?:policies\/[^/]+\.ya?ml|config\.schema\.ya?ml)$/i;

function checkPath(path: string, report: Report<Code>): void {
  const reason = reasonFor(path);
  if (reason) report('component-file-ignored', { path }, reason);
}

function reasonFor(path: string): string | undefined {
  if (/(?:^|\/)\./.test(path)) return undefined;
  if (UNREAD.test(path)) return 'nothing reads this file';
  if (MISNAMED.test(path)) return `no components are read from ${path.split('/', 1)[0]}/`;
  if (NESTED.test(path) && !/^actions\/workflows\/[^/]+$/.test(path))
    return 'components in subdirectories are not read';
  if (!UPPER_CASE.test(path)) return undefined;
  return /\.ya?ml$/.test(path) && new RegExp(`^(?:${KINDS})/`).test(path)
    ? undefined
    : 'only lower-case directories and suffixes are read';
}
