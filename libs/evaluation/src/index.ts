export type * from './model.js';
export { murmur3, position } from './murmur3.js';
