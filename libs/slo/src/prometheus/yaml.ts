/** What can be written as YAML here: texts, numbers, lists and objects. */
export type Yaml = string | number | readonly Yaml[] | { readonly [key: string]: Yaml | undefined };

/** Block YAML with quoted texts, which every parser reads alike. */
export function yamlOf(value: Yaml): string {
  return `${lines(value).join('\n')}\n`;
}

function lines(value: Yaml): readonly string[] {
  if (typeof value === 'string') return [JSON.stringify(value)];
  if (typeof value === 'number') return [String(value)];
  if (isList(value)) return value.length === 0 ? ['[]'] : value.flatMap((item) => hang('- ', lines(item)));
  const entries = Object.entries(value).flatMap(([key, member]) => (member === undefined ? [] : [[key, member] as const]));
  if (entries.length === 0) return ['{}'];
  return entries.flatMap(([key, member]) => {
    const inner = lines(member);
    const isBlock = typeof member === 'object' && !['[]', '{}'].includes(inner[0] ?? '');
    return isBlock ? [`${key}:`, ...inner.map((line) => `  ${line}`)] : [`${key}: ${inner[0]}`];
  });
}

function hang(mark: string, inner: readonly string[]): readonly string[] {
  return inner.map((line, index) => `${index === 0 ? mark : ' '.repeat(mark.length)}${line}`);
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}
