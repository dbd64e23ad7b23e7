import { SDK_NAMESPACE } from '@ballast/protocol';
import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Namespace, Server } from 'socket.io';
import { SETTINGS, type Settings } from '../settings/index.js';
import { isAllowedOrigin } from './origins.js';

/** Bytes of the largest message a client has any reason to send. */
const MAX_MESSAGE_BYTES = 16_384;

/** socket.io on the port of the HTTP server: websocket only, so that any server can serve any client. */
@Injectable()
export class SdkSockets {
  /** Where SDKs connect. */
  readonly namespace: Namespace;
  private readonly server: Server;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly http: HttpAdapterHost,
  ) {
    this.server = new Server({
      transports: ['websocket'],
      serveClient: false,
      maxHttpBufferSize: MAX_MESSAGE_BYTES,
      pingInterval: 20_000,
      pingTimeout: 20_000,
      connectTimeout: 10_000,
      allowRequest: ({ headers }, answer) => {
        const isAllowed = isAllowedOrigin(headers.origin, headers.host, settings.allowedOrigins);
        answer(isAllowed ? null : 'origin not allowed', isAllowed);
      },
    });
    this.namespace = this.server.of(SDK_NAMESPACE);
  }

  /** Starts to take connections. */
  attach(): void {
    this.server.attach(this.http.httpAdapter.getHttpServer());
  }

  /** Closes what is still connected, and takes nobody any more; the HTTP server is left to its owner. */
  close(): void {
    this.server.disconnectSockets(true);
    this.server.engine?.close();
  }
}
