const SHA256 = `sha256:${'a'.repeat(64)}`;

/** Returns a valid index as a value, which a test may make invalid. */
export function indexOf(...packs: unknown[]) {
  return {
    registry_name: 'Test',
    registry_url: 'https://index.example',
    version: '1.0',
    last_updated: '2026-08-22T01:53:58Z',
    packs,
  };
}

export function entryOf(ref: string, changes: Record<string, unknown> = {}) {
  const entry = {
    ref,
    label: 'A label',
    description: 'A description',
    version: '1.0.0',
    author: 'An author',
    license: 'Apache-2.0',
    keywords: ['one'],
    runtime_deps: ['python'],
    install_sources: [{ type: 'archive', url: `https://packs.example/${ref}.tgz`, checksum: SHA256 }],
    contents: { actions: [{ name: 'run', description: 'Runs' }], sensors: [], triggers: [], rules: [], workflows: [] },
    ...changes,
  };
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

export function sourceOf(changes: Record<string, unknown> = {}) {
  return { type: 'archive', url: 'https://packs.example/a.tgz', checksum: SHA256, ...changes };
}
