// Loaded first into a process whose clock is to be off by CLOCK_AHEAD_MS.
const ahead = Number(process.env.CLOCK_AHEAD_MS ?? 0);
const { now } = Date;
const Real = Date;
Date.now = () => now() + ahead;
globalThis.Date = new Proxy(Real, {
  construct: (target, args, to) => Reflect.construct(target, args.length === 0 ? [target.now()] : args, to),
  apply: (target) => new target(target.now()).toString(),
});
