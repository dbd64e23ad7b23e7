import type { View } from '@ballast/protocol';

/** Who an instance is. */
export interface Who {
  readonly instance: string;
  readonly sdk: string;
  readonly keyId: string;
  readonly environmentId: string;
  readonly view: View;
}

/** What is known of one connected instance. */
export interface Receipt extends Who {
  /** The revision it last said it applied; undefined before its first receipt. */
  readonly revision: number | undefined;
  /** When it applied it, by its own clock. */
  readonly at: number | undefined;
}
