/** All rules, in the order of docs/reference/check-rules.md. */
import type { RuleFamily, RuleInfo } from './rule.ts';
import { conditionRules } from './rules/automation/conditions.ts';
import { ruleRules } from './rules/automation/rules.ts';
import { templateRules } from './rules/automation/templates.ts';
import { packageDependencyRules } from './rules/code/dependencies.ts';
import { importRules } from './rules/code/imports.ts';
import { scriptRules } from './rules/code/script-files.ts';
import { actionRules } from './rules/components/actions.ts';
import { commonRules } from './rules/components/common.ts';
import { executionRules } from './rules/components/execution.ts';
import { ignoredFileRules } from './rules/components/ignored-files.ts';
import { sensorRules } from './rules/components/sensors.ts';
import { dependencyRules } from './rules/manifest/dependencies.ts';
import { identityRules } from './rules/manifest/identity.ts';
import { relationRules } from './rules/manifest/relations.ts';
import { packageContentRules } from './rules/packaging/contents.ts';
import { documentRules } from './rules/packaging/documents.ts';
import { packageFileRules } from './rules/packaging/files.ts';
import { testingRules } from './rules/packaging/testing.ts';
import { paramShapeRules } from './rules/params/shape.ts';
import { paramValueRules } from './rules/params/values.ts';
import { permissionSetRules } from './rules/platform/permission-sets.ts';
import { queueRules } from './rules/platform/queues.ts';
import { runtimeRules } from './rules/platform/runtimes.ts';
import { workflowActionRules } from './rules/workflows/actions.ts';
import { workflowExpressionRules } from './rules/workflows/expressions.ts';
import { workflowFlowRules } from './rules/workflows/flow.ts';
import { workflowFormRules } from './rules/workflows/form.ts';
import { yamlRules } from './rules/yaml.ts';

export const FAMILIES: readonly RuleFamily[] = [
  yamlRules,
  identityRules,
  relationRules,
  dependencyRules,
  commonRules,
  ignoredFileRules,
  actionRules,
  executionRules,
  paramShapeRules,
  paramValueRules,
  sensorRules,
  ruleRules,
  conditionRules,
  templateRules,
  workflowFormRules,
  workflowFlowRules,
  workflowActionRules,
  workflowExpressionRules,
  queueRules,
  permissionSetRules,
  runtimeRules,
  scriptRules,
  packageDependencyRules,
  importRules,
  packageFileRules,
  packageContentRules,
  testingRules,
  documentRules,
];

/** The rules by code. */
export const RULES: Readonly<Record<string, RuleInfo>> = Object.assign({}, ...FAMILIES.map(({ rules }) => rules));
