import type { IncomingMessage } from 'node:http';
import type { Answer, Handshake } from '@ballast/protocol';
import type { Admission, RefusedAdmission } from './admission.js';
import type { KeySource } from './key-source.js';
import type { SnapshotSource } from './snapshot-source.js';

/** What a relay's key opens: both views of one environment. */
export type RelayAdmission = Omit<Admission, 'view'>;

/** Decides whether a relay may come in. */
export type AdmitRelay = (handshake: Handshake, request: IncomingMessage) => Promise<RelayAdmission | RefusedAdmission>;

/** Where a hub of relays has what it hands on, and whom it tells. */
export interface RelayHubOptions {
  readonly source: SnapshotSource;
  readonly keys: KeySource;
  readonly admit: AdmitRelay;
  /** Bytes that may wait for one relay before it is dismissed as slow. */
  readonly maxBacklogBytes?: number;
  readonly onConnected?: (relay: ConnectedRelay) => void;
  /** The reason is that of the goodbye, or socket.io's. */
  readonly onDisconnected?: (relay: ConnectedRelay, reason: string) => void;
  /** A relay answers a question that it was asked. */
  readonly onAnswer?: (relay: ConnectedRelay, answer: Answer) => void;
}

/** A relay that is connected here. */
export interface ConnectedRelay {
  readonly environmentId: string;
  /** Names its process. */
  readonly instance: string;
  /** Name and version of its program. */
  readonly sdk: string;
  readonly keyId: string;
}
