import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import { checkRuntimes, parseRuntime } from '../../../src/resolver/runtimes/check-runtimes.ts';
import type { RuntimeTools } from '../../../src/resolver/runtimes/detect-runtime.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Creates programs as shell scripts on a separate PATH; every call is logged. */
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

const prints = (text: string) => `printf '%s\n' '${text}'`;
const requirementsOf = (...texts: string[]) => texts.map((text) => ({ text, neededBy: 'slack' }));
const messages = ({ failures }: { failures: readonly { message: string }[] }) =>
  failures.map(({ message }) => message.replace(/'\/[^']*\//g, "'…/"));

describe('checkRuntimes: version detection', () => {
  const rows: { title: string; program: string; script: string; requirement: string; want: string }[] = [
    { title: 'Python 3', program: 'python3', script: prints('Python 3.11.7'), requirement: 'python', want: '3.11.7' },
    {
      title: 'Python 2, on stderr',
      program: 'python',
      script: `${prints('Python 2.7.18')} >&2`,
      requirement: 'python',
      want: '2.7.18',
    },
    {
      title: 'a release candidate of Python',
      program: 'python3',
      script: prints('Python 3.13.0rc1'),
      requirement: 'python3',
      want: '3.13.0',
    },
    {
      title: 'a Python built from its repository',
      program: 'python3',
      script: prints('Python 3.12.1+'),
      requirement: 'python3',
      want: '3.12.1',
    },
    { title: 'Node', program: 'node', script: prints('v20.20.2'), requirement: 'nodejs', want: '20.20.2' },
    {
      title: 'a nightly Node',
      program: 'node',
      script: prints('v23.0.0-nightly20240601abcdef'),
      requirement: 'node',
      want: '23.0.0',
    },
    {
      title: 'Node under its Debian name',
      program: 'nodejs',
      script: prints('v12.22.9'),
      requirement: 'node',
      want: '12.22.9',
    },
    {
      title: 'bash',
      program: 'bash',
      script: prints('GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)\nCopyright (C) 2022'),
      requirement: 'bash',
      want: '5.2.15',
    },
    {
      title: 'the bash of macOS',
      program: 'bash',
      script: prints('GNU bash, version 3.2.57(1)-release (arm64-apple-darwin23)'),
      requirement: 'bash',
      want: '3.2.57',
    },
    {
      title: 'Java 17, on stderr',
      program: 'java',
      script: `${prints('openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)')} >&2`,
      requirement: 'java',
      want: '17.0.15',
    },
    {
      title: 'Java 8, which prints 1.8',
      program: 'java',
      script: `${prints('java version "1.8.0_392"')} >&2`,
      requirement: 'java',
      want: '8.0.392',
    },
    {
      title: 'an early-access Java',
      program: 'java',
      script: `${prints('openjdk version "21-ea" 2023-09-19')} >&2`,
      requirement: 'java',
      want: '21.0.0',
    },
    {
      title: 'a Java with four numbers',
      program: 'java',
      script: `${prints('openjdk version "11.0.2.1" 2019')} >&2`,
      requirement: 'java',
      want: '11.0.2',
    },
    {
      title: 'a Java that prints its options first',
      program: 'java',
      script: `${prints('Picked up JAVA_TOOL_OPTIONS: -Dversion=9.9.9 version 1.2.3\nopenjdk version "21.0.1" 2023-10-17')} >&2`,
      requirement: 'java',
      want: '21.0.1',
    },
    {
      title: 'Ruby',
      program: 'ruby',
      script: prints('ruby 3.2.2 (2023-03-30 revision e51014f9c0) [x86_64-linux]'),
      requirement: 'ruby',
      want: '3.2.2',
    },
    {
      title: 'an old Ruby with a patch level',
      program: 'ruby',
      script: prints('ruby 1.9.3p551 (2014-11-13)'),
      requirement: 'ruby',
      want: '1.9.3',
    },
    { title: 'Go', program: 'go', script: prints('go version go1.22 linux/amd64'), requirement: 'go', want: '1.22.0' },
    {
      title: 'a release candidate of Go',
      program: 'go',
      script: prints('go version go1.23rc2 linux/arm64'),
      requirement: 'go',
      want: '1.23.0',
    },
    {
      title: 'Perl',
      program: 'perl',
      script: prints('\nThis is perl 5, version 36, subversion 0 (v5.36.0) built for x86_64-linux-gnu'),
      requirement: 'perl',
      want: '5.36.0',
    },
    {
      title: 'R',
      program: 'R',
      script: prints('R version 4.3.1 (2023-06-16) -- "Beagle Scouts"'),
      requirement: 'r',
      want: '4.3.1',
    },
    { title: 'PowerShell', program: 'pwsh', script: prints('7.4.1'), requirement: 'powershell', want: '7.4.1' },
    {
      title: 'a PowerShell preview',
      program: 'pwsh',
      script: prints('7.5.0-preview.2'),
      requirement: 'pwsh',
      want: '7.5.0',
    },
    {
      title: 'Windows PowerShell',
      program: 'powershell',
      script: prints('5.1.22621.2506'),
      requirement: 'pwsh',
      want: '5.1.22621',
    },
    {
      title: 'Docker',
      program: 'docker',
      script: prints('Docker version 24.0.7, build afdd53b'),
      requirement: 'docker',
      want: '24.0.7',
    },
  ];
  for (const { title, program, script, requirement, want } of rows) {
    test(`checkRuntimes: detects the version of ${title}`, async (t) => {
      const tools = programs(t, { [program]: script });
      const { failures, warnings, found } = await checkRuntimes(requirementsOf(requirement), tools);
      assert.deepEqual({ failures, warnings }, { failures: [], warnings: [] });
      assert.equal(found[0]?.version, want);
    });
  }
});

describe('checkRuntimes: requirements', () => {
  const installed = {
    python3: prints('Python 3.11.7'),
    node: prints('v20.20.2'),
    bash: prints('GNU bash, version 5.2.15(1)-release'),
    sh: 'exit 0',
    curl: 'exit 0',
    java: 'echo nonsense',
    ruby: 'echo broken >&2; exit 127',
  };
  const satisfied = [
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
  for (const text of satisfied) {
    test(`checkRuntimes: '${text}' is satisfied`, async (t) => {
      const { failures, warnings } = await checkRuntimes(requirementsOf(text), programs(t, installed));
      assert.deepEqual({ failures, warnings }, { failures: [], warnings: [] });
    });
  }

  const unsatisfied = [
    { text: 'python3>=3.12', want: 'python3>=3.12 (needed by slack): python 3.11.7 is installed' },
    { text: 'python<3', want: 'python<3 (needed by slack): python 3.11.7 is installed' },
    { text: 'nodejs^18', want: 'nodejs^18 (needed by slack): node 20.20.2 is installed' },
    { text: 'go', want: "go (needed by slack): no program 'go' is on the PATH" },
    { text: 'pwsh>=7', want: "pwsh>=7 (needed by slack): no program 'pwsh' or 'powershell' is on the PATH" },
    { text: 'terraform>=1', want: "terraform>=1 (needed by slack): no program 'terraform' is on the PATH" },
    { text: 'java>=8', want: "java>=8 (needed by slack): the version that '…/java' prints cannot be parsed" },
    { text: 'ruby', want: "ruby (needed by slack): '…/ruby' does not print its version (exit status 127)" },
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
  for (const { text, want } of unsatisfied) {
    test(`checkRuntimes: '${text}' is not satisfied`, async (t) => {
      const result = await checkRuntimes(requirementsOf(text), programs(t, installed));
      assert.deepEqual(messages(result), [want]);
      assert.deepEqual(result.warnings, []);
    });
  }

  const unchecked = [
    {
      text: 'powershell-remoting',
      want: /^powershell-remoting \(needed by slack\): no program 'powershell-remoting' is on the PATH\.$/,
    },
    {
      text: 'curl>=8',
      want: /attune does not know how to detect the version of '.*curl', so the constraint was not checked\.$/,
    },
    { text: 'sh>=5', want: /'.*sh' has no version, so the constraint was not checked\.$/ },
    { text: 'builtin>=2', want: /it is a part of attune and has no version, so the constraint was not checked\.$/ },
  ];
  for (const { text, want } of unchecked) {
    test(`checkRuntimes: '${text}' is a warning`, async (t) => {
      const { failures, warnings } = await checkRuntimes(requirementsOf(text), programs(t, installed));
      assert.deepEqual(failures, []);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', want);
    });
  }
});

describe('checkRuntimes: programs', () => {
  test('checkRuntimes: each runtime is run once, regardless of its name and the number of requirements', async (t) => {
    const tools = programs(t, { python3: prints('Python 3.11.7'), node: prints('v20.20.2') });
    const requirements = [
      ...requirementsOf('python', 'python3>=3.9', 'python>=4', 'node', 'nodejs'),
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

  test('checkRuntimes: every failure is listed with its dependent', async (t) => {
    const tools = programs(t, { python3: prints('Python 3.11.7') });
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

  test('checkRuntimes: falls back to python if python3 does not work', async (t) => {
    const tools = programs(t, { python3: 'echo "Python was not found" >&2; exit 49', python: prints('Python 3.10.1') });
    const { failures, found } = await checkRuntimes(requirementsOf('python3>=3.9'), tools);
    assert.deepEqual(failures, []);
    assert.equal(found[0]?.version, '3.10.1');
    assert.match(found[0]?.path ?? '', /python$/);
  });

  test('checkRuntimes: Python 2 does not satisfy python3', async (t) => {
    const result = await checkRuntimes(requirementsOf('python3'), programs(t, { python: prints('Python 2.7.18') }));
    assert.deepEqual(messages(result), ['python3 (needed by slack): python 2.7.18 is installed']);
  });

  test('checkRuntimes: an unknown program is never run', async (t) => {
    const tools = programs(t, { reboot: 'exit 0', sh: 'exit 0' });
    await checkRuntimes(requirementsOf('reboot>=1', 'reboot', 'sh>=1'), tools);
    assert.deepEqual(tools.calls(), []);
  });

  test('checkRuntimes: programs run with LC_ALL=C and the rest of the environment', async (t) => {
    const tools = programs(t, { python3: 'test "$LC_ALL$PYENV_ROOT" = C/pyenv && echo "Python 3.9.1"' });
    const variables = { ...tools.variables, LC_ALL: 'de_DE.UTF-8', PYENV_ROOT: '/pyenv' };
    const { found } = await checkRuntimes(requirementsOf('python'), { ...tools, variables });
    assert.equal(found[0]?.version, '3.9.1');
  });

  test('checkRuntimes: a program that does not respond within 10 seconds is a failure', async (t) => {
    const tools = programs(t, { ruby: 'exit 0' });
    let allowed = 0;
    const processes: RuntimeTools['processes'] = {
      ...tools.processes,
      run: async (request) => {
        allowed = request.timeoutMs;
        return { ...(await tools.processes.run(request)), timedOut: true, exitCode: null };
      },
    };
    const result = await checkRuntimes(requirementsOf('ruby'), { ...tools, processes });
    assert.equal(allowed, 10_000);
    assert.deepEqual(messages(result), ["ruby (needed by slack): '…/ruby' did not respond within 10 s"]);
  });

  test('checkRuntimes: programs run concurrently', async (t) => {
    // Each program waits for the marker file of the other, for up to 9 of the 10 seconds that it may run.
    const wait = (mine: string, other: string) =>
      `: > "$MARKS/${mine}"; n=0; while [ ! -e "$MARKS/${other}" ] && [ $n -lt 180 ]; do sleep 0.05; n=$((n+1)); done`;
    const tools = programs(t, {
      ruby: `${wait('ruby', 'node')}; [ -e "$MARKS/node" ] && echo "ruby 3.2.2"`,
      node: `${wait('node', 'ruby')}; [ -e "$MARKS/ruby" ] && echo "v20.0.0"`,
    });
    const variables = {
      PATH: `${tools.variables['PATH']}${delimiter}/usr/bin${delimiter}/bin`,
      MARKS: temporaryDirectory(t),
    };
    const { failures } = await checkRuntimes(requirementsOf('ruby', 'node'), { ...tools, variables });
    assert.deepEqual(failures, []);
  });

  test('checkRuntimes: no requirements give an empty result', async (t) => {
    assert.deepEqual(await checkRuntimes([], programs(t, {})), { failures: [], warnings: [], found: [] });
  });
});

describe('parseRuntime', () => {
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
    test(`parseRuntime: '${text}' is the name ${name} ${constraint ? `with ${constraint}` : 'without a constraint'}`, () => {
      const parsed = parseRuntime(text);
      assert.deepEqual({ name: parsed.name, constraint: parsed.constraint?.text }, { name, constraint });
    });
  }
  for (const text of ['', '>=3', 'a/b', '..', '-x', 'python@3', 'python;rm', 'a\u0000b', 'python>=3;x']) {
    test(`parseRuntime: ${JSON.stringify(text)} is refused`, () => {
      assert.throws(() => parseRuntime(text), { code: /^INVALID_(RUNTIME|CONSTRAINT)$/ });
    });
  }
});
