export * from './dry-run.js';
export * from './keys.js';
export * from './limits.js';
export * from './pagination.js';
export * from './problem.js';
