import request from 'supertest';

/** What a door answered: status, headers and the parsed JSON (or text). */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  /** Another credential; null sends none. */
  readonly token?: string | null;
}

/** The admin API as its administrator, one method per verb. A string body is sent as it is. */
export function api(server: { readonly url: string; readonly adminToken: string }) {
  const agent = request(server.url);

  const send = async (
    method: Verb,
    path: string,
    body?: unknown,
    { headers = {}, token = server.adminToken }: Call = {},
  ): Promise<Answer> => {
    const call = agent[method](path);
    if (token !== null) call.set('authorization', `Bearer ${token}`);
    if (body !== undefined) call.set('content-type', method === 'patch' ? 'application/merge-patch+json' : 'application/json');
    const response = await call.set(headers).send(typeof body === 'object' ? JSON.stringify(body) : (body as string | undefined));
    const isJson = /json/.test(response.type);
    return {
      status: response.status,
      headers: new Headers(response.headers),
      body: isJson && response.text !== '' ? JSON.parse(response.text) : response.text,
    };
  };

  return {
    send,
    get: (path: string, call?: Call) => send('get', path, undefined, call),
    delete: (path: string, call?: Call) => send('delete', path, undefined, call),
    post: (path: string, body?: unknown, call?: Call) => send('post', path, body, call),
    put: (path: string, body?: unknown, call?: Call) => send('put', path, body, call),
    patch: (path: string, body?: unknown, call?: Call) => send('patch', path, body, call),
  };
}

type Verb = 'get' | 'delete' | 'post' | 'put' | 'patch';
