// What any broadcast costs: `ws` and nothing else. It hears the text by LISTEN, as our server hears of a commit, and sends it to everybody.
import { WebSocketServer } from 'ws';
import { connected } from './place.mjs';

const [, , port, databaseUrl] = process.argv;
const listener = await connected(databaseUrl);
await listener.query('listen bare');
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(port), perMessageDeflate: false });
let receipts = 0;
server.on('connection', (socket) => {
  socket.on('message', () => {
    receipts += 1;
  });
});
listener.on('notification', ({ payload }) => {
  for (const client of server.clients) client.send(payload);
});
process.on('message', () => process.send({ receipts }));
server.once('listening', () => process.send({ listening: true }));

// Nobody is left behind when the bench is interrupted.
process.once('disconnect', () => process.exit(1));
