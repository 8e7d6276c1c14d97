/**
 * Returns the advice for a text that YAML reads as another type than a string.
 * @param isSemanticVersion true if the field is a semantic version: two numbers in quotes would be invalid as well
 */
export function quotingAdvice(text: string, isSemanticVersion: boolean): string {
  if (!isSemanticVersion || !/^\d+(\.\d+)?$/.test(text)) return ` (quote it: "${text}")`;
  return ` (a version has three numbers: "${text}${text.includes('.') ? '.0' : '.0.0'}")`;
}
