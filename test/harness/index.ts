export { aDatabase, type TestDatabase } from './a-database.js';
export { aServer, SECRETS, type ServerOverrides, type TestServer } from './a-server.js';
export { type Answer, api } from './api.js';
