/**
 * Validates the pipelines of docs/cicd.md. GitHub workflows are parsed by GitHub's own parser with its schema, GitLab
 * pipelines by gitlab-ci-local, which includes GitLab's schema. No npm package parses declarative Jenkinsfiles without
 * Java; the Jenkinsfile is only run by cicd.slow.test.ts.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump, load } from 'js-yaml';
import { blockOf, blocksOf, CICD } from '../support/docs/document.ts';
import { createRepository } from '../support/git/repository.ts';

// The parser is made for bundlers: it imports its JSON schema without the import attribute that Node requires.
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith('.json') ? { ...context, importAttributes: { type: 'json' } } : context),
});
const { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } = await import('@actions/workflow-parser');

const LAST_STEP = ', another last step';

async function problemsOfWorkflow(content: string): Promise<string[]> {
  const { context, value } = parseWorkflow({ name: 'workflow.yml', content }, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(String);
}

/** Returns a workflow with its last step replaced. */
function withLastStep(workflow: string, step: string): string {
  const document = load(workflow) as { jobs: Record<string, { steps: unknown[] }> };
  for (const job of Object.values(document.jobs)) job.steps.splice(-1, 1, ...(load(step) as unknown[]));
  return dump(document);
}

const workflows = blocksOf(CICD).filter(({ title }) => title.startsWith('.github/workflows/'));

test('docs/cicd.md: the document has GitHub workflows', () => assert.ok(workflows.length >= 5));

for (const { title, text } of workflows) {
  test(`docs/cicd.md: GitHub's parser accepts ${title}`, async () => {
    const base = title.replace(LAST_STEP, '');
    assert.deepEqual(await problemsOfWorkflow(base === title ? text : withLastStep(blockOf(base).text, text)), []);
  });
}

test("docs/cicd.md: GitHub's parser rejects an invalid workflow", async () => {
  const broken = blockOf('.github/workflows/publish.yml').text.replace('runs-on:', 'run-on:');
  assert.match((await problemsOfWorkflow(broken)).join('\n'), /run-on/);
});

const run = promisify(execFile);
const GITLAB_CI = fileURLToPath(import.meta.resolve('gitlab-ci-local'));

/** Lists the jobs of a GitLab pipeline. @throws an error with the output of gitlab-ci-local if the pipeline is invalid */
async function listGitlabJobs(t: Parameters<typeof createRepository>[0], content: string): Promise<string> {
  const repository = createRepository(t, { 'README.md': '' });
  repository.git('remote', 'add', 'origin', 'https://gitlab.example/acme/hello.git');
  writeFileSync(join(repository.path, '.gitlab-ci.yml'), content);
  const args = [GITLAB_CI, '--list-all', '--home', repository.path];
  return (await run(process.execPath, args, { cwd: repository.path })).stdout;
}

for (const [title, jobs] of [
  ['.gitlab-ci.yml', ['test', 'publish']],
  ['.gitlab-ci.yml of the registry', ['validate', 'sources']],
] as const) {
  test(`docs/cicd.md: GitLab's schema accepts ${title}`, async (t) => {
    const listed = await listGitlabJobs(t, blockOf(title).text);
    for (const job of jobs) assert.match(listed, new RegExp(`^${job} `, 'm'));
  });
}

test("docs/cicd.md: GitLab's schema rejects an invalid pipeline", async (t) => {
  const broken = blockOf('.gitlab-ci.yml').text.replace('resource_group: registry', 'resource_group: [registry]');
  await assert.rejects(listGitlabJobs(t, broken), /resource_group/);
});
