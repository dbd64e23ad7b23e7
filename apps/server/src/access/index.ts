export { AccessModule } from './access.module.js';
export { ApiTokens } from './api-tokens.js';
export { bearerOf } from './bearer.js';
export { can } from './can.js';
export { FailureThrottle } from './failure-throttle.js';
export { type ActorRequest, CurrentActor, Requires } from './requires.js';
export { type KeyPlace, type SdkIdentity, SdkKeys } from './sdk-keys.js';
export { newSecret, type SecretKind } from './secrets.js';
export { Write, type WriteBy } from './write-by.js';
