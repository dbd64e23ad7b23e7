// Loaded first by the storefronts of the demo: their time goes as fast as the server's.
import { timeOf } from './time.mjs';

const time = timeOf(process.env, Date.now);
Date.now = time;
