// Loaded into a server before anything else: tells how much memory it takes after the garbage is gone, and how much time it has run.
process.on('message', (message) => {
  if (message === 'measure') globalThis.gc();
  setImmediate(() => {
    if (message === 'measure') globalThis.gc();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    process.send({ rss, heapUsed, cpuMs: (user + system) / 1_000 });
  });
});
// Nobody is left behind when the bench is interrupted. Only the probe speaks by this channel: it must not keep the process alive.
process.once('disconnect', () => process.exit(1));
process.channel?.unref();
