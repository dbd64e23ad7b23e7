import { stopTracing } from './otel.js';
import { run } from './run.js';

await run({
  env: process.env,
  folder: process.cwd(),
  print: (text) => process.stdout.write(`${text}\n`),
  printError: (text) => process.stderr.write(`${text}\n`),
  exit: (code) => void stopTracing().finally(() => process.exit(code)),
  onSignal: (stop) => {
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  },
});
