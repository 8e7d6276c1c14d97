/** A template `{{ ... }}` in a text. */
export interface Template {
  /** With its delimiters; without the closing ones if they are missing. */
  readonly raw: string;
  /** The text between the delimiters. */
  readonly inner: string;
  readonly index: number;
  readonly closed: boolean;
}

/** Finds the templates of a text. */
export function templatesOf(text: string): Template[] {
  const templates: Template[] = [];
  for (let index = text.indexOf('{{'); index !== -1; index = text.indexOf('{{', index)) {
    const end = text.indexOf('}}', index + 2);
    if (end === -1) {
      templates.push({ raw: text.slice(index), inner: text.slice(index + 2), index, closed: false });
      return templates;
    }
    templates.push({ raw: text.slice(index, end + 2), inner: text.slice(index + 2, end), index, closed: true });
    index = end + 2;
  }
  return templates;
}

/** Returns the inner text if the whole text is one template. */
export function wholeTemplate(text: string): string | undefined {
  const [only, ...others] = templatesOf(text.trim());
  return only?.closed && others.length === 0 && only.raw === text.trim() ? only.inner : undefined;
}
