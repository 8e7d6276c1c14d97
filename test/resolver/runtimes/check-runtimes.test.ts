import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import { checkRuntimes, parseRuntime } from '../../../src/resolver/runtimes/check-runtimes.ts';
import type { RuntimeTools } from '../../../src/resolver/runtimes/detect-runtime.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A PATH of its own with these programs on it, each a shell script; every call is logged. */
function programs(t: TestContext, scripts: Record<string, string>): RuntimeTools & { calls(): string[] } {
  const directory = temporaryDirectory(t);
  const log = join(directory, 'calls.log');
  for (const [name, script] of Object.entries(scripts)) {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\nprintf '%s\\n' "${name} $*" >> '${log}'\n${script}\n`);
    chmodSync(path, 0o755);
  }
  return {
    processes: systemProcesses({ offline: false }),
    variables: { PATH: [join(directory, 'nowhere'), directory].join(delimiter) },
    calls: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []),
  };
}

const says = (text: string) => `printf '%s\n' '${text}'`;
const need = (...texts: string[]) => texts.map((text) => ({ text, neededBy: 'slack' }));
const messages = ({ failures }: { failures: readonly { message: string }[] }) =>
  failures.map(({ message }) => message.replace(/'\/[^']*\//g, "'…/"));

describe('the version that a runtime tells is read', () => {
  const rows: { claim: string; program: string; script: string; requirement: string; want: string }[] = [
    { claim: 'Python 3', program: 'python3', script: says('Python 3.11.7'), requirement: 'python', want: '3.11.7' },
    {
      claim: 'Python 2, on stderr',
      program: 'python',
      script: `${says('Python 2.7.18')} >&2`,
      requirement: 'python',
      want: '2.7.18',
    },
    {
      claim: 'a release candidate of Python',
      program: 'python3',
      script: says('Python 3.13.0rc1'),
      requirement: 'python3',
      want: '3.13.0',
    },
    {
      claim: 'a Python built from its repository',
      program: 'python3',
      script: says('Python 3.12.1+'),
      requirement: 'python3',
      want: '3.12.1',
    },
    { claim: 'Node', program: 'node', script: says('v20.20.2'), requirement: 'nodejs', want: '20.20.2' },
    {
      claim: 'a nightly Node',
      program: 'node',
      script: says('v23.0.0-nightly20240601abcdef'),
      requirement: 'node',
      want: '23.0.0',
    },
    {
      claim: 'Node under its Debian name',
      program: 'nodejs',
      script: says('v12.22.9'),
      requirement: 'node',
      want: '12.22.9',
    },
    {
      claim: 'bash',
      program: 'bash',
      script: says('GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nCopyright (C) 2022'),
      requirement: 'bash',
      want: '5.2.15',
    },
    {
      claim: 'the bash of macOS',
      program: 'bash',
      script: says('GNU bash, version 3.2.57(1)-release (arm64-apple-darwin23)'),
      requirement: 'bash',
      want: '3.2.57',
    },
    {
      claim: 'Java 17, on stderr',
      program: 'java',
      script: `${says('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)')} >&2`,
      requirement: 'java',
      want: '17.0.15',
    },
    {
      claim: 'Java 8, which calls itself 1.8',
      program: 'java',
      script: `${says('java version "1.8.0_392"')} >&2`,
      requirement: 'java',
      want: '8.0.392',
    },
    {
      claim: 'an early-access Java',
      program: 'java',
      script: `${says('openjdk version "21-ea" 2023-09-19')} >&2`,
      requirement: 'java',
      want: '21.0.0',
    },
    {
      claim: 'a Java with four numbers',
      program: 'java',
      script: `${says('openjdk version "11.0.2.1" 2019')} >&2`,
      requirement: 'java',
      want: '11.0.2',
    },
    {
      claim: 'a Java that repeats its options first',
      program: 'java',
      script: `${says('Picked up JAVA_TOOL_OPTIONS: -Dversion=9.9.9 version 1.2.3\nopenjdk version "21.0.1" 2023-10-17')} >&2`,
      requirement: 'java',
      want: '21.0.1',
    },
    {
      claim: 'Ruby',
      program: 'ruby',
      script: says('ruby 3.2.2 (2023-03-30 revision e51014f9c0) [x86_64-linux]'),
      requirement: 'ruby',
      want: '3.2.2',
    },
    {
      claim: 'an old Ruby with a patch level',
      program: 'ruby',
      script: says('ruby 1.9.3p551 (2014-11-13)'),
      requirement: 'ruby',
      want: '1.9.3',
    },
    { claim: 'Go', program: 'go', script: says('go version go1.22 linux/amd64'), requirement: 'go', want: '1.22.0' },
    {
      claim: 'a release candidate of Go',
      program: 'go',
      script: says('go version go1.23rc2 linux/arm64'),
      requirement: 'go',
      want: '1.23.0',
    },
    {
      claim: 'Perl',
      program: 'perl',
      script: says('\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu'),
      requirement: 'perl',
      want: '5.36.0',
    },
    {
      claim: 'R',
      program: 'R',
      script: says('R version 4.3.1 (2023-06-16) -- "Beagle Scouts"'),
      requirement: 'r',
      want: '4.3.1',
    },
    { claim: 'PowerShell', program: 'pwsh', script: says('7.4.1'), requirement: 'powershell', want: '7.4.1' },
    {
      claim: 'a PowerShell preview',
      program: 'pwsh',
      script: says('7.5.0-preview.2'),
      requirement: 'pwsh',
      want: '7.5.0',
    },
    {
      claim: 'Windows PowerShell',
      program: 'powershell',
      script: says('5.1.22621.2506'),
      requirement: 'pwsh',
      want: '5.1.22621',
    },
    {
      claim: 'Docker',
      program: 'docker',
      script: says('Docker version 24.0.7, build afdd53b'),
      requirement: 'docker',
      want: '24.0.7',
    },
  ];
  for (const { claim, program, script, requirement, want } of rows) {
    test(`of ${claim}`, async (t) => {
      const tools = programs(t, { [program]: script });
      const { failures, warnings, found } = await checkRuntimes(need(requirement), tools);
      assert.deepEqual({ failures, warnings }, { failures: [], warnings: [] });
      assert.equal(found[0]?.version, want);
    });
  }
});

describe('a requirement', () => {
  const there = {
    python3: says('Python 3.11.7'),
    node: says('v20.20.2'),
    bash: says('GNU bash, version 5.2.15(1)-release'),
    sh: 'exit 0',
    curl: 'exit 0',
    java: 'echo nonsense',
    ruby: 'echo broken >&2; exit 127',
  };
  const met = [
    'python',
    'python3',
    'python3>=3.9',
    'python3 >= 3.9',
    'python>=3.9,<4',
    'nodejs^20',
    'node~20.20',
    'Node',
    'bash>=5',
    'shell',
    'sh',
    'native',
    'builtin',
    'curl',
    'java',
    'python >=3 || ^9',
  ];
  for (const text of met) {
    test(`'${text}' is met`, async (t) => {
      const { failures, warnings } = await checkRuntimes(need(text), programs(t, there));
      assert.deepEqual({ failures, warnings }, { failures: [], warnings: [] });
    });
  }

  const unmet = [
    { text: 'python3>=3.12', want: 'python3>=3.12 (needed by slack): python 3.11.7 is installed' },
    { text: 'python<3', want: 'python<3 (needed by slack): python 3.11.7 is installed' },
    { text: 'nodejs^18', want: 'nodejs^18 (needed by slack): node 20.20.2 is installed' },
    { text: 'go', want: "go (needed by slack): no program 'go' is on the PATH" },
    { text: 'pwsh>=7', want: "pwsh>=7 (needed by slack): no program 'pwsh' or 'powershell' is on the PATH" },
    { text: 'terraform>=1', want: "terraform>=1 (needed by slack): no program 'terraform' is on the PATH" },
    { text: 'java>=8', want: "java>=8 (needed by slack): the version that '…/java' tells is not understood" },
    { text: 'ruby', want: "ruby (needed by slack): '…/ruby' does not tell its version (exit status 127)" },
    {
      text: 'python>=x.1',
      want: "python>=x.1 (needed by slack): '>=x.1' is not a version constraint: nothing can follow the wildcard in 'x.1'",
    },
    {
      text: '../python',
      want: "../python (needed by slack): '../python' is not a runtime with an optional constraint",
    },
    { text: '', want: " (needed by slack): '' is not a runtime with an optional constraint" },
  ];
  for (const { text, want } of unmet) {
    test(`'${text}' is not met`, async (t) => {
      const result = await checkRuntimes(need(text), programs(t, there));
      assert.deepEqual(messages(result), [want]);
      assert.deepEqual(result.warnings, []);
    });
  }

  const doubtful = [
    {
      text: 'powershell-remoting',
      want: /^powershell-remoting \(needed by slack\): no program 'powershell-remoting' is on the PATH\.$/,
    },
    {
      text: 'curl>=8',
      want: /attune does not know how to ask '.*curl' for its version, so the constraint was not checked\.$/,
    },
    { text: 'sh>=5', want: /'.*sh' has no version, so the constraint was not checked\.$/ },
    { text: 'builtin>=2', want: /it is a part of attune and has no version, so the constraint was not checked\.$/ },
  ];
  for (const { text, want } of doubtful) {
    test(`'${text}' is a warning`, async (t) => {
      const { failures, warnings } = await checkRuntimes(need(text), programs(t, there));
      assert.deepEqual(failures, []);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', want);
    });
  }
});

describe('the check', () => {
  test('asks each runtime once, whatever name it goes by and however many need it', async (t) => {
    const tools = programs(t, { python3: says('Python 3.11.7'), node: says('v20.20.2') });
    const requirements = [
      ...need('python', 'python3>=3.9', 'python>=4', 'node', 'nodejs'),
      { text: 'python', neededBy: 'x' },
    ];
    const { failures, found } = await checkRuntimes(requirements, tools);
    assert.equal(failures.length, 1);
    assert.deepEqual(tools.calls().sort(), ['node --version', 'python3 --version']);
    assert.deepEqual(
      found.map(({ name, version }) => [name, version]),
      [
        ['python', '3.11.7'],
        ['node', '20.20.2'],
      ],
    );
  });

  test('lists every failure, each with who needs it', async (t) => {
    const tools = programs(t, { python3: says('Python 3.11.7') });
    const requirements = [
      { text: 'python>=4', neededBy: 'slack' },
      { text: 'go', neededBy: 'slack' },
      { text: 'python>=4', neededBy: 'core' },
    ];
    const { failures } = await checkRuntimes(requirements, tools);
    assert.deepEqual(
      failures.map(({ requirement, neededBy, found }) => ({ requirement, neededBy, found })),
      [
        { requirement: 'python>=4', neededBy: 'slack', found: '3.11.7' },
        { requirement: 'go', neededBy: 'slack', found: undefined },
        { requirement: 'python>=4', neededBy: 'core', found: '3.11.7' },
      ],
    );
  });

  test('falls back from a python3 that does not work to python', async (t) => {
    const tools = programs(t, { python3: 'echo "Python was not found" >&2; exit 49', python: says('Python 3.10.1') });
    const { failures, found } = await checkRuntimes(need('python3>=3.9'), tools);
    assert.deepEqual(failures, []);
    assert.equal(found[0]?.version, '3.10.1');
    assert.match(found[0]?.path ?? '', /python$/);
  });

  test('does not take Python 2 for python3', async (t) => {
    const result = await checkRuntimes(need('python3'), programs(t, { python: says('Python 2.7.18') }));
    assert.deepEqual(messages(result), ['python3 (needed by slack): python 2.7.18 is installed']);
  });

  test('never starts a program that attune does not know', async (t) => {
    const tools = programs(t, { reboot: 'exit 0', sh: 'exit 0' });
    await checkRuntimes(need('reboot>=1', 'reboot', 'sh>=1'), tools);
    assert.deepEqual(tools.calls(), []);
  });

  test('asks in English and keeps the rest of the environment', async (t) => {
    const tools = programs(t, { python3: 'test "$LC_ALL$PYENV_ROOT" = C/pyenv && echo "Python 3.9.1"' });
    const variables = { ...tools.variables, LC_ALL: 'de_DE.UTF-8', PYENV_ROOT: '/pyenv' };
    const { found } = await checkRuntimes(need('python'), { ...tools, variables });
    assert.equal(found[0]?.version, '3.9.1');
  });

  test('gives each runtime ten seconds, and says so when they have passed', async (t) => {
    const tools = programs(t, { ruby: 'exit 0' });
    let allowed = 0;
    const processes: RuntimeTools['processes'] = {
      ...tools.processes,
      run: async (request) => {
        allowed = request.timeoutMs;
        return { ...(await tools.processes.run(request)), timedOut: true, exitCode: null };
      },
    };
    const result = await checkRuntimes(need('ruby'), { ...tools, processes });
    assert.equal(allowed, 10_000);
    assert.deepEqual(messages(result), ["ruby (needed by slack): '…/ruby' did not answer within 10 s"]);
  });

  test('asks several at the same time', async (t) => {
    const wait = (mine: string, other: string) =>
      `: > "$MARKS/${mine}"; n=0; while [ ! -e "$MARKS/${other}" ] && [ $n -lt 100 ]; do sleep 0.05; n=$((n+1)); done`;
    const tools = programs(t, {
      ruby: `${wait('ruby', 'node')}; [ -e "$MARKS/node" ] && echo "ruby 3.2.2"`,
      node: `${wait('node', 'ruby')}; [ -e "$MARKS/ruby" ] && echo "v20.0.0"`,
    });
    const variables = {
      PATH: `${tools.variables['PATH']}${delimiter}/usr/bin${delimiter}/bin`,
      MARKS: temporaryDirectory(t),
    };
    const { failures } = await checkRuntimes(need('ruby', 'node'), { ...tools, variables });
    assert.deepEqual(failures, []);
  });

  test('finds nothing wrong where nothing is needed', async (t) => {
    assert.deepEqual(await checkRuntimes([], programs(t, {})), { failures: [], warnings: [], found: [] });
  });
});

describe('the words of a requirement', () => {
  const rows: { text: string; name: string; constraint?: string }[] = [
    { text: 'python', name: 'python' },
    { text: 'python3>=3.9', name: 'python3', constraint: '>=3.9' },
    { text: 'nodejs^20', name: 'nodejs', constraint: '^20' },
    { text: 'bash >= 5', name: 'bash', constraint: '>= 5' },
    { text: 'python 3.9.1', name: 'python', constraint: '3.9.1' },
    { text: 'powershell-remoting', name: 'powershell-remoting' },
    { text: 'python3.9', name: 'python3.9' },
    { text: 'g++>=12', name: 'g++', constraint: '>=12' },
    { text: 'java*', name: 'java', constraint: '*' },
    { text: ' go~=1.22 ', name: 'go', constraint: '~=1.22' },
  ];
  for (const { text, name, constraint } of rows) {
    test(`'${text}'`, () => {
      const parsed = parseRuntime(text);
      assert.deepEqual({ name: parsed.name, constraint: parsed.constraint?.text }, { name, constraint });
    });
  }
  for (const text of ['', '>=3', 'a/b', '..', '-x', 'python@3', 'python;rm', 'a\u0000b', 'python>=3;x']) {
    test(`${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseRuntime(text), { code: /^INVALID_(RUNTIME|CONSTRAINT)$/ });
    });
  }
});
