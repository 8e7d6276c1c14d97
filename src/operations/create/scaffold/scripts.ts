import type { Template } from '../request.ts';
import type { ScaffoldFile } from './files.ts';

/** The runner of a template: how its scripts are run, and how their parameters and tests are passed. */
export interface Runner {
  readonly runnerType: string;
  readonly extension: string;
  readonly parameterFormat: 'json' | 'dotenv';
  readonly runtimeVersion: string | undefined;
  readonly runtimeDependency: string;
  readonly test: { readonly type: string; readonly entryPoint: string };
}

export const RUNNERS: Readonly<Record<Template, Runner>> = {
  shell: {
    ...{ runnerType: 'shell', extension: 'sh', parameterFormat: 'dotenv', runtimeVersion: undefined },
    ...{ runtimeDependency: 'shell', test: { type: 'script', entryPoint: 'tests/run_tests.sh' } },
  },
  python: {
    ...{ runnerType: 'python', extension: 'py', parameterFormat: 'json', runtimeVersion: '>=3.10' },
    ...{ runtimeDependency: 'python3>=3.10', test: { type: 'unittest', entryPoint: 'tests/test_pack.py' } },
  },
  node: {
    ...{ runnerType: 'nodejs', extension: 'js', parameterFormat: 'json', runtimeVersion: '>=18' },
    ...{ runtimeDependency: 'nodejs>=18', test: { type: 'node', entryPoint: 'tests/pack.test.js' } },
  },
};

const SHELL_ACTION = `#!/bin/sh
# Reads the parameters in dotenv format from standard input, and prints one JSON document.
set -eu

name='World'
while IFS='=' read -r key value || [ -n "$key" ]; do
  if [ "$key" = name ]; then
    value=\${value#[\\"\\']}
    value=\${value%[\\"\\']}
    [ -z "$value" ] || name=$value
  fi
done

case "$name" in
  *[!A-Za-z0-9\\ ._-]*)
    echo "name: only letters, digits, spaces and . _ - are allowed" >&2
    exit 1
    ;;
esac

printf '{"greeting": "Hello, %s!"}\\n' "$name"
`;

const PYTHON_ACTION = `"""Reads the parameters as JSON from standard input, and prints one JSON document."""

import json
import sys


def greet(parameters):
    """Returns the greeting for the parameters."""
    name = parameters.get("name") or "World"
    if not isinstance(name, str):
        raise ValueError("name: must be a string")
    return {"greeting": f"Hello, {name}!"}


def main():
    try:
        result = greet(json.loads(sys.stdin.read() or "{}"))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
`;

const NODE_ACTION = `'use strict';
// Reads the parameters as JSON from standard input, and prints one JSON document.
const { readFileSync } = require('node:fs');

function greet({ name }) {
  const shown = name ?? 'World';
  if (typeof shown !== 'string') throw new Error('name: must be a string');
  return { greeting: \`Hello, \${shown}!\` };
}

function main() {
  try {
    console.log(JSON.stringify(greet(JSON.parse(readFileSync(0, 'utf8') || '{}'))));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

module.exports = { greet };
if (require.main === module) main();
`;

const SHELL_SENSOR = `#!/bin/sh
# Runs as long as an enabled rule uses one of its triggers. ATTUNE_SENSOR_TRIGGERS has the parameters of these rules.
# Create events through the API of the platform here.
set -eu

while :; do
  echo "waiting for something to report" >&2
  sleep 60
done
`;

const PYTHON_SENSOR = `"""Runs as long as an enabled rule uses one of its triggers.

ATTUNE_SENSOR_TRIGGERS has the parameters of these rules. Create events through the API of the platform here.
"""

import sys
import time


def main():
    while True:
        print("waiting for something to report", file=sys.stderr, flush=True)
        time.sleep(60)


if __name__ == "__main__":
    main()
`;

const NODE_SENSOR = `'use strict';
// Runs as long as an enabled rule uses one of its triggers. ATTUNE_SENSOR_TRIGGERS has the parameters of these rules.
// Create events through the API of the platform here.

setInterval(() => console.error('waiting for something to report'), 60_000);
`;

const ACTIONS: Readonly<Record<Template, string>> = { shell: SHELL_ACTION, python: PYTHON_ACTION, node: NODE_ACTION };
const SENSORS: Readonly<Record<Template, string>> = { shell: SHELL_SENSOR, python: PYTHON_SENSOR, node: NODE_SENSOR };

/** Returns the script of the action of a template. @param name without extension */
export function actionScript(template: Template, name: string): ScaffoldFile {
  return script(`actions/${name}.${RUNNERS[template].extension}`, ACTIONS[template]);
}

export function sensorScript(template: Template, name: string): ScaffoldFile {
  return script(`sensors/${name}.${RUNNERS[template].extension}`, SENSORS[template]);
}

function script(path: string, content: string): ScaffoldFile {
  return content.startsWith('#!') ? { path, content, executable: true } : { path, content };
}

/** Returns the tests of a template. @param action the name of its action; `undefined` if the pack has none */
export function testScript(template: Template, action: string | undefined): ScaffoldFile {
  const path = RUNNERS[template].test.entryPoint;
  if (template === 'python') return { path, content: pythonTest(action) };
  return template === 'node'
    ? { path, content: nodeTest(action) }
    : { path, content: shellTest(action), executable: true };
}

function shellTest(action: string | undefined): string {
  const checks = action
    ? `check "greets by name" '{"greeting": "Hello, Ada!"}' "$(printf "name='Ada'\\n" | sh actions/${action}.sh)"
check "greets the world without a name" '{"greeting": "Hello, World!"}' "$(sh actions/${action}.sh </dev/null)"
check "refuses a name with quotes" 'refused' "$(printf 'name=a"b\\n' | sh actions/${action}.sh 2>/dev/null || echo refused)"`
    : `check "has a manifest" "yes" "$([ -f pack.yaml ] && echo yes)"`;
  return `#!/bin/sh
# Prints the counts that attune reads.
total=0
failed=0

check() {
  total=$((total + 1))
  if [ "$2" = "$3" ]; then
    echo "PASS: $1"
  else
    failed=$((failed + 1))
    echo "FAIL: $1: expected $2, got $3"
  fi
}

${checks}

echo "Total Tests: $total"
echo "Passed: $((total - failed))"
echo "Failed: $failed"
echo "Skipped: 0"
[ "$failed" -eq 0 ]
`;
}

function pythonTest(action: string | undefined): string {
  if (action === undefined) {
    return `import pathlib
import unittest


class PackTest(unittest.TestCase):
    def test_has_a_manifest(self):
        self.assertTrue(pathlib.Path("pack.yaml").is_file())


if __name__ == "__main__":
    unittest.main()
`;
  }
  return `import json
import subprocess
import sys
import unittest


def run(parameters):
    """Runs the action as the platform does."""
    command = [sys.executable, "actions/${action}.py"]
    return subprocess.run(command, input=json.dumps(parameters), capture_output=True, text=True)


class ActionTest(unittest.TestCase):
    def test_greets_by_name(self):
        self.assertEqual(json.loads(run({"name": "Ada"}).stdout), {"greeting": "Hello, Ada!"})

    def test_greets_the_world_without_a_name(self):
        self.assertEqual(json.loads(run({}).stdout), {"greeting": "Hello, World!"})

    def test_refuses_a_name_that_is_not_a_string(self):
        self.assertNotEqual(run({"name": 1}).returncode, 0)


if __name__ == "__main__":
    unittest.main()
`;
}

function nodeTest(action: string | undefined): string {
  if (action === undefined) {
    return `'use strict';
const assert = require('node:assert/strict');
const { existsSync } = require('node:fs');
const { test } = require('node:test');

test('the pack has a manifest', () => {
  assert.ok(existsSync('pack.yaml'));
});
`;
  }
  return `'use strict';
const assert = require('node:assert/strict');
const { test } = require('node:test');
const { greet } = require('../actions/${action}.js');

test('${action} greets by name', () => {
  assert.deepEqual(greet({ name: 'Ada' }), { greeting: 'Hello, Ada!' });
});

test('${action} greets the world without a name', () => {
  assert.deepEqual(greet({}), { greeting: 'Hello, World!' });
});

test('${action} refuses a name that is not a string', () => {
  assert.throws(() => greet({ name: 1 }), /name: must be a string/);
});
`;
}
