export { Convergence, type Patience } from './convergence.js';
export type { AskedServer, Findings } from './inquiry.js';
export { OfrepDoor } from './ofrep-door.js';
export { RelayGateway } from './relay.gateway.js';
export { RelayDoor } from './relay-door.js';
export { SdkDoor } from './sdk-door.js';
export { SdkSocketAdapter } from './sdk-socket-adapter.js';
export { StreamingGateway } from './streaming.gateway.js';
export { StreamingModule } from './streaming.module.js';
