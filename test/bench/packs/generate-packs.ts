import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The make of 15 packs that were ported from StackStorm: 611 files, 391 of them YAML. */
const FILES_PER_PACK = 611 / 15;
const YAML_PER_PACK = 391 / 15;
const NAMESPACE = 'bench';

/** The same packs as archives for attune and as collections for ansible-galaxy. */
export interface GeneratedPacks {
  /** Paths. */
  readonly packs: readonly string[];
  /** Paths of the archives of the packs with a `galaxy.yml`, as `ansible-galaxy collection build` writes them. */
  readonly collections: readonly string[];
  /** The size of all files of the packs. */
  readonly bytes: number;
}

/**
 * Writes packs of the make of real ones: a manifest, actions with parameters, sensors, triggers and rules of about 900 bytes
 * each, and Python scripts and tests.
 * @param directory an empty directory
 * @param galaxy the program that builds collections
 */
export function generatePacks(directory: string, count: number, galaxy: string): GeneratedPacks {
  const collections = join(directory, 'collections');
  const packs: string[] = [];
  const roots: string[] = [];
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const ref = `pack_${String(index).padStart(2, '0')}`;
    const root = join(directory, ref);
    const [yaml, all] = [YAML_PER_PACK, FILES_PER_PACK].map(
      (perPack) => Math.round(perPack * (index + 1)) - Math.round(perPack * index),
    ) as [number, number];
    for (const [path, text] of Object.entries(packFiles(ref, yaml, all - yaml))) {
      bytes += Buffer.byteLength(text);
      put(root, path, text);
    }
    packs.push(`${root}.tar.gz`);
    execFileSync('tar', ['-czf', `${root}.tar.gz`, '-C', root, '.']);
    put(root, 'galaxy.yml', galaxyFile(ref));
    roots.push(root);
  }
  execFileSync(galaxy, ['collection', 'build', ...roots, '--output-path', collections], { stdio: 'ignore' });
  for (const root of roots) rmSync(root, { recursive: true });
  const names = packs.map((_, index) => `${NAMESPACE}-pack_${String(index).padStart(2, '0')}-1.0.0.tar.gz`);
  return { packs, collections: names.map((name) => join(collections, name)), bytes };
}

function packFiles(ref: string, yaml: number, others: number): Record<string, string> {
  const files: Record<string, string> = {
    'pack.yaml': manifest(ref),
    'README.md': `# ${ref}\n\n${'Actions for the service, with parameters and examples.\n'.repeat(30)}`,
    LICENSE: `Apache License\n${'Licensed under the Apache License, Version 2.0 (the "License").\n'.repeat(40)}`,
  };
  const kinds = ['actions', 'actions', 'actions', 'actions', 'rules', 'triggers'] as const;
  for (let index = 1; index < yaml; index += 1) {
    const kind = kinds[index % kinds.length] as (typeof kinds)[number];
    files[`${kind}/item_${index}.yaml`] = component(ref, kind, index);
  }
  for (let index = 2; index < others; index += 1) files[`lib/module_${index}.py`] = script(index);
  return files;
}

function manifest(ref: string): string {
  return `ref: ${ref}
label: "The service ${ref}"
description: "Curated actions for a service, with guarded changes and current APIs"
version: "1.0.0"
author: "A team"
email: "support@example.com"
system: false
enabled: true
conf_schema:
  default_credential_key:
    type: string
    description: "The key with the credentials of the service"
    default: "${ref}.credentials"
meta:
  category: integration
  documentation_url: "https://example.com/docs/${ref}"
  repository_url: "https://example.com/${ref}"
  license: "Apache-2.0"
tags: [service, cloud, integration]
runtime_deps: [shell]
dependencies: []
`;
}

function component(ref: string, kind: string, index: number): string {
  const parameters = Array.from(
    { length: 6 },
    (_, parameter) =>
      `  parameter_${parameter}: {type: string, description: "The value number ${parameter} of the request", required: ${parameter < 2}}\n`,
  );
  return `ref: ${ref}.item_${index}
label: "Item ${index} of ${kind}"
description: "Performs one operation of the service after an exact confirmation"
enabled: true
runner_type: python
runtime_version: ">=3.10"
entry_point: module_2.py
parameter_delivery: stdin
parameter_format: json
output_format: json
parameters:
${parameters.join('')}output:
  operation: {type: string, required: true}
  result: {type: object, required: true}
tags: [service, cloud, operation]
`;
}

function script(index: number): string {
  const lines = Array.from(
    { length: 40 },
    (_, line) => `def operation_${line}(request):\n    return request.get("value_${line}", ${index})\n`,
  );
  return `"""Operations of the service."""\n\n${lines.join('\n')}`;
}

function galaxyFile(ref: string): string {
  return `namespace: ${NAMESPACE}
name: ${ref}
version: 1.0.0
readme: README.md
authors: [A team]
description: The service ${ref}
license_file: LICENSE
`;
}

function put(root: string, path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
}
