import { alertRoutes } from './alert-routes.js';
import { approvalRoutes } from './approval-routes.js';
import { flagRoutes } from './flag-routes.js';
import { objectiveRoutes } from './objective-routes.js';
import { ofrepRoutes } from './ofrep-routes.js';
import { placeRoutes } from './place-routes.js';
import { relayRoutes } from './relay-routes.js';
import type { Route } from './route.js';
import { sdkRoutes } from './sdk-routes.js';
import { telemetryRoutes } from './telemetry-routes.js';

/** Version of the HTTP API; the first number is that of its paths. */
export const API_VERSION = '1.0.0';

/** Every operation of the HTTP API. */
export const routes: readonly Route[] = [
  ...placeRoutes,
  ...flagRoutes,
  ...telemetryRoutes,
  ...objectiveRoutes,
  ...approvalRoutes,
  ...sdkRoutes,
  ...relayRoutes,
  ...ofrepRoutes,
  ...alertRoutes,
];
