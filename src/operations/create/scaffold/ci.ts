import type { CiSystem } from '../request.ts';
import type { ScaffoldFile } from './files.ts';

const GITHUB = `name: Test
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: attune pack test . --junit reports/junit.xml
`;

const GITLAB = `test:
  script:
    - attune pack test . --junit reports/junit.xml
  artifacts:
    when: always
    reports:
      junit: reports/junit.xml
`;

const JENKINS = `pipeline {
  agent any
  stages {
    stage('Test') {
      steps {
        sh 'attune pack test . --junit reports/junit.xml'
      }
    }
  }
  post {
    always {
      junit 'reports/junit.xml'
    }
  }
}
`;

/** Returns the pipeline of a CI system, which runs the tests of the pack. attune must be installed on its runners. */
export function ciFiles(system: CiSystem): ScaffoldFile[] {
  switch (system) {
    case 'github':
      return [{ path: '.github/workflows/test.yml', content: GITHUB }];
    case 'gitlab':
      return [{ path: '.gitlab-ci.yml', content: GITLAB }];
    case 'jenkins':
      return [{ path: 'Jenkinsfile', content: JENKINS }];
    case 'none':
      return [];
  }
}
