/** Who asks by HTTP. */
export interface NamedInstance {
  readonly instance: string;
  readonly sdk: string;
}

/** Reads a `ballast-instance` header: the name of the instance and, after a space, that of its SDK; undefined when it is none. */
export function instanceOf(header: string | readonly string[] | undefined): NamedInstance | undefined {
  const [, instance, sdk] = /^([\x21-\x7e]{1,64}) ([\x20-\x7e]{1,64})$/.exec(String(header ?? '')) ?? [];
  return instance === undefined || sdk === undefined ? undefined : { instance, sdk };
}
