import { StandardSchemaValidationPipe } from '@nestjs/common';
import { invalidRequest } from './problem.js';

/** Checks every part of a request that has a schema. Members named `__proto__` stay: our schemas never assign members to objects. */
export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: invalidRequest });
  }

  protected override stripProtoKeys(): void {
    // Nest would delete them, and a flag or a variant of that name would vanish without a word.
  }
}
