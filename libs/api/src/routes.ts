import { placeRoutes } from './place-routes.js';
import type { Route } from './route.js';

/** Every operation of the HTTP API. */
export const routes: readonly Route[] = [...placeRoutes];
