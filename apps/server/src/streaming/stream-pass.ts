import { Inject, Injectable } from '@nestjs/common';
import { Doorkeeper, hashOf, type SdkIdentity } from '../access/index.js';
import { Clock } from '../clock.js';
import { SETTINGS, type Settings } from '../settings/index.js';
import { KeysView } from './keys.view.js';
import type { OfrepStream } from './ofrep-answers.js';
import type { Visit } from './ofrep-door.js';
import { isSignedBy, mintToken, readToken } from './stream-token.js';

/** Path of the event stream. */
const STREAM_PATH = '/ofrep/v1/stream';

/** Hands out the URL of the event stream, and lets in who comes with it: an `EventSource` cannot send a header. */
@Injectable()
export class StreamPass {
  constructor(
    private readonly view: KeysView,
    private readonly doorkeeper: Doorkeeper,
    private readonly clock: Clock,
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'publicUrl'>,
  ) {}

  /** The entry for `eventStreams`; the same until its token is renewed at the full hour. */
  streamFor({ identity, secret }: Visit): OfrepStream {
    const requestUri = `${STREAM_PATH}?token=${mintToken(identity.keyId, hashOf(secret), this.clock.now())}`;
    const { publicUrl } = this.settings;
    return publicUrl === null ? { type: 'sse', endpoint: { requestUri } } : { type: 'sse', url: `${publicUrl}${requestUri}` };
  }

  /** Whose stream a token opens; refuses one that is forged, run out, or of a key that no longer opens anything. */
  admit(token: string, address: string): Promise<SdkIdentity> {
    return this.doorkeeper.admit({ secret: token, address }, { isHeld: () => false, authenticate: (text) => this.verify(text) });
  }

  private async verify(text: string): Promise<SdkIdentity | null> {
    const now = this.clock.now();
    const token = readToken(text, now);
    const key = token && (await this.view.find(token.keyId, new Date(now)));
    return key && isSignedBy(token, key.hash) ? key.identity : null;
  }
}
