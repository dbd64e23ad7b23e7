import { isAllowedOrigin } from '@ballast/streaming';
import type { INestApplication, WebSocketAdapter } from '@nestjs/common';
import { type Namespace, Server } from 'socket.io';
import type { Settings } from '../settings/index.js';

/** Bytes of the largest message a client has any reason to send: the answer of a relay to a question. */
const MAX_MESSAGE_BYTES = 65_536;

type SocketServer = Server | Namespace;

/** socket.io on the port of the HTTP server: websocket only, so that any server can serve any client. */
export class SdkSocketAdapter implements WebSocketAdapter<SocketServer> {
  constructor(
    private readonly app: INestApplication,
    private readonly settings: Settings,
  ) {}

  create(_port: number, { server, namespace }: { readonly server?: Server; readonly namespace?: string } = {}): SocketServer {
    return server !== undefined && namespace !== undefined ? server.of(namespace) : this.attached();
  }

  /** The hub listens to its sockets itself; Nest would keep several streams for each of them. */
  bindClientConnect(): void {}

  bindMessageHandlers(): void {}

  /** Each server was closed already. */
  async dispose(): Promise<void> {}

  /** Closes what is still connected, and takes nobody any more; the HTTP server is left to its owner. */
  close(server: SocketServer): void {
    server.disconnectSockets(true);
    if (server instanceof Server) server.engine.close();
  }

  private attached(): Server {
    const server = new Server(this.app.getHttpServer(), {
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      pingInterval: 20_000,
      pingTimeout: 20_000,
      connectTimeout: 10_000,
      allowRequest: ({ headers }, answer) => {
        const isAllowed = isAllowedOrigin(headers.origin, headers.host, this.settings.allowedOrigins);
        answer(isAllowed ? null : 'origin not allowed', isAllowed);
      },
    });
    // socket.io opens this namespace by itself, and nobody there asks for a key.
    server.of('/').use((_socket, next) => next(new Error('there is nothing here')));
    return server;
  }
}
