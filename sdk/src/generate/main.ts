#!/usr/bin/env node
import { generate } from './generate.js';

process.exitCode = await generate(process.argv.slice(2), process.env, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
