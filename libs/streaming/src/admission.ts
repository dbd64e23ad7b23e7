import type { IncomingMessage } from 'node:http';
import type { Handshake, View } from '@ballast/protocol';

/** What a key lets its bearer see. */
export interface Admission {
  readonly environmentId: string;
  readonly view: View;
  readonly keyId: string;
}

/** Why a client is not let in. 401 and 403 are final for the client, anything else makes it try again. */
export interface RefusedAdmission {
  readonly status: 400 | 401 | 403 | 429 | 503;
  readonly code: string;
}

/** Decides whether a client may come in. */
export type Admit = (handshake: Handshake, request: IncomingMessage) => Promise<Admission | RefusedAdmission>;

/** A refusal as socket.io carries it to the client. */
export function refusalError({ status, code }: RefusedAdmission): Error {
  return Object.assign(new Error(code), { data: { status, code } });
}
