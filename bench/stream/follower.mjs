// One application with the real SDK, in a process of its own: tells when it came to hold each revision.
import { createClient } from '../../sdk/dist/node.js';
import { now } from './clock.mjs';

const [, , url, key] = process.argv;
const client = createClient({ url, key, logger: null });
client.on('configurationChanged', () => process.send({ at: now(), revision: client.revision }));
client.on('ready', () => process.send({ ready: true }));

// Nobody is left behind when the bench is interrupted.
process.once('disconnect', () => process.exit(1));
