import type { PackDesign } from '../request.ts';
import { ciFiles } from './ci.ts';
import { completeKinds, componentFiles, componentName } from './components.ts';
import { quoted, type ScaffoldFile, yamlFile } from './files.ts';
import { RUNNERS, testScript } from './scripts.ts';

/** The first version of a pack. */
export const FIRST_VERSION = '0.1.0';

/** Returns the files of a new pack. @param license the text of its license */
export function scaffold(design: PackDesign, license: string): ScaffoldFile[] {
  const { templates } = design;
  const hasActions = completeKinds(design.kinds).has('action');
  return [
    manifestFile(design),
    { path: 'README.md', content: readme(design) },
    { path: 'CHANGELOG.md', content: `# Changelog\n\n## ${FIRST_VERSION}\n\n- First version.\n` },
    { path: 'LICENSE', content: license },
    { path: '.gitignore', content: '__pycache__/\n*.pyc\n.venv/\nnode_modules/\n.env\n' },
    ...componentFiles(design),
    ...templates.map((template) =>
      testScript(template, hasActions ? componentName('hello', template, design) : undefined),
    ),
    ...ciFiles(design.ci),
  ];
}

function manifestFile({ ref, label, description, author, license, templates }: PackDesign): ScaffoldFile {
  const words = [...new Set([ref, ...templates])].sort();
  const runners = templates.map((template) => {
    const { type, entryPoint } = RUNNERS[template].test;
    return [template, { type, entry_point: entryPoint, timeout: 60 }] as const;
  });
  const document = {
    ref,
    version: quoted(FIRST_VERSION),
    label,
    name: label,
    description,
    ...(author !== undefined && { author }),
    license,
    tags: words,
    keywords: words,
    runtime_deps: templates.map((template) => RUNNERS[template].runtimeDependency),
    testing: {
      enabled: true,
      discovery: { method: 'directory', path: 'tests' },
      runners: Object.fromEntries(runners),
      min_pass_rate: 1.0,
      on_failure: 'block',
    },
  };
  return yamlFile('pack.yaml', document, 'pack');
}

function readme({ ref, label, description, license }: PackDesign): string {
  return `# ${oneLine(label)}

${oneLine(description)}

## Install

    attune pack install ./${ref}

## Develop

    attune pack test .
    attune pack archive .

## License

${license}
`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
