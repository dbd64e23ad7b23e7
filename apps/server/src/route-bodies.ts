import type { FastifyInstance, RouteOptions } from 'fastify';

/** Lets a route say with `@RouteConfig({ bodyLimit })` how large its bodies may be; must come before the routes. */
export function obeyBodyLimits(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    const { config } = route;
    if (config !== undefined && 'bodyLimit' in config && typeof config.bodyLimit === 'number') route.bodyLimit = config.bodyLimit;
  });
}
